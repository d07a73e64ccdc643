#include "app/api/well_known.hpp"

#include "plinth/jwk.hpp"

namespace app::api::well_known {

// Who verifies tokens elsewhere may keep the answer for five minutes: wait that long, at least,
// between adding a key and signing by it.
Response jwks(const KeyRing& keys) {
  auto response = Response{.media_type = "application/jwk-set+json"};
  response.body = public_jwks(keys).dump();
  response.headers.append("cache-control", "public, max-age=300");
  return response;
}

Router router() {
  return Router({.prefix = "/.well-known", .include_in_schema = false, .access = Access::open})  //
      .get<jwks>("/jwks.json");
}

}  // namespace app::api::well_known
