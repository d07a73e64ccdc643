// Sets of keys of any text. What is read must be written and read again as the same, its public
// half must hold nothing private, and what it signs it must verify.
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "plinth/jwk.hpp"
#include "security/key_ring.hpp"

using namespace plinth;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

void check_key(const Jwk& key) {
  expect(Jwk::from_json(key.to_json()).to_json() == key.to_json());
  const auto shown = key.public_json();
  expect(shown.is_null() == key.is_symmetric());
  for (auto name : {"d", "p", "q", "dp", "dq", "qi", "k"}) expect(!shown.contains(name));
  if (key.is_private()) expect(key.key()->verify("text", key.key()->sign("text")));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto set = jwk_set_of(Json::parse({reinterpret_cast<const char*>(data), size}));
    for (const auto& key : set.keys) check_key(key);
  } catch (const JsonError&) {
    return 0;
  } catch (const std::invalid_argument&) {
    return 0;
  }
  return 0;
}
