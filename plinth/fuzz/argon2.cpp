// Stored hashes of any text: what the parser takes, libsodium must take, too.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "security/argon2.hpp"

using namespace plinth::security;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string hash(reinterpret_cast<const char*>(data), size);
  const auto cost = argon2_cost(hash);
  if (!cost) return 0;
  if (!is_bearable(*cost) || hash.size() > 256) std::abort();

  // The cost is not what may go wrong: dear hashes are not computed.
  if (cost->memory_kib <= 256 && cost->iterations <= 4) argon2_verify("password", hash);
  return 0;
}
