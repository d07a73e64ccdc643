// Stored hashes of any text: what the parser takes, libxcrypt must take, too.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "security/bcrypt.hpp"

using namespace plinth::security;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string hash(reinterpret_cast<const char*>(data), size);
  auto rounds = bcrypt_rounds(hash);
  if (!rounds) return 0;
  if (hash.size() != bcrypt_hash_size || *rounds < 4 || *rounds > 16) std::abort();

  // The cost is not what may go wrong; the cheapest is computed.
  hash.replace(4, 2, "04");
  bcrypt_verify("password", hash, 4);
  return 0;
}
