#include "app/core/security.hpp"

#include <utility>

namespace app {

KeyRing make_key_ring(const Settings& settings) {
  return KeyRing(settings.secret_key->get_secret_value(), settings.jwt_alg->str());
}

std::string create_access_token(const Settings& settings, const KeyRing& keys, std::string sub) {
  auto exp = unix_now().count + *settings.access_token_expire_minutes * 60;
  return encode_jwt(Json::object({{"sub", std::move(sub)}, {"exp", exp}}), keys);
}

}  // namespace app
