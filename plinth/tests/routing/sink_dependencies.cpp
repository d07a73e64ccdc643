// /s, /d, /api/rt: security schemes and dependencies.
#include <algorithm>
#include <set>
#include <stdexcept>

#include "routing/sink_app.hpp"

namespace sink {
namespace {

using O2 = OAuth2PasswordBearer<"tok", scope("me", "Read me"), scope("items", "Items"),
                                refresh_url("r"), description("od")>;

struct Credentials {
  std::string scheme;
  std::string credentials;
};
struct NameAndPassword {
  std::string username;
  std::string password;
};

Credentials s_bearer(HTTPBearer<> c) { return {c->scheme, c->credentials}; }
NameAndPassword s_basic(HTTPBasic<> c) { return {c->username, c->password}; }
Credentials s_digest(HTTPDigest<> c) { return {c->scheme, c->credentials}; }
std::string s_akh(APIKeyHeader<"X-Key"> c) { return *c; }
std::string s_akq(APIKeyQuery<"key"> c) { return *c; }
std::string s_akc(APIKeyCookie<"kc"> c) { return *c; }
std::string s_oidc(OpenIdConnect<"/oidc"> c) { return *c; }

struct Grant {
  std::set<std::string> have;
  std::vector<std::string> need;
  std::string str;
};
Grant cur(const SecurityScopes& scopes, O2 tok) {
  std::set<std::string> have;
  for (std::size_t at = 0; at <= tok->size();) {
    auto end = std::min(tok->find(',', at), tok->size());
    have.insert(tok->substr(at, end - at));
    at = end + 1;
  }
  auto held = [&](const std::string& scope) { return have.contains(scope); };
  if (!std::ranges::all_of(scopes.scopes, held)) {
    throw HttpError(401, "Not enough permissions",
                    {{"www-authenticate", "Bearer scope=\"" + scopes.scope_str() + "\""}});
  }
  return {have, scopes.scopes, scopes.scope_str()};
}
Grant s_scopes(Security<cur, "me", "items"> c) { return *c; }

struct TokenRequest {
  std::string u;
  std::string p;
  std::vector<std::string> s;
  std::optional<std::string> g;
  std::optional<std::string> ci;
};
TokenRequest s_token(FormFields<OAuth2PasswordRequestForm> f) {
  std::optional<std::string> grant_type;
  if (f->grant_type) grant_type = **f->grant_type;
  return {f->username, f->password, f->scopes(), grant_type, f->client_id};
}
struct UserOnly {
  std::string u;
};
UserOnly s_tokenstrict(FormFields<OAuth2PasswordRequestFormStrict> f) { return {f->username}; }

Yield<std::string> d_a() {
  note("a+");
  co_yield std::string("a");
  note("a-");
}
Yield<std::string> d_b(Depends<d_a> a) {
  note("b+");
  co_yield "b" + *a;
  note("b-");
}
std::string d_c(Depends<d_a> a, Depends<d_b> b) {
  note("c");
  return *a + *b;
}
std::string d_nc(Depends<d_a, use_cache(false)> a) {
  note("nc");
  return *a;
}
std::string d_order(BackgroundTasks& bg, Depends<d_c> c, Depends<d_nc> n) {
  note("handler");
  bg.add_task(note, std::string("bg"));
  return *c + *n;
}
std::string d_fail(Depends<d_c>) {
  note("handler");
  throw HttpError(400, "x");
}

Yield<int> d_catch() {
  std::string caught;
  try {
    co_yield 1;
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
  if (caught.empty()) co_return;
  note("caught " + caught);
  throw HttpError(409, "from dep");
}
Json d_catch_ep(Depends<d_catch>) { throw std::runtime_error("inner"); }

std::int64_t d_q(Query<"q", std::int64_t> q, Header<"h", std::string, defaults_to("d")>) {
  return *q;
}
int d_401() { throw HttpError(401, "dep 401"); }
Json d_merge(Addr, Query<"z", std::int64_t>, Depends<d_q>) { return Json::object({}); }
Json d_auth(Addr, Depends<d_401>) { return Json::object({}); }

struct P {
  Int<defaults_to(0)> skip;
  Int<le(100), defaults_to(10)> limit;
};
struct Window {
  std::int64_t s;
  std::int64_t l;
};
Window d_class(QueryFields<P> p) { return {p->skip, p->limit}; }

std::string rt_root() { return "root"; }
std::string rt_x() { return "x"; }

}  // namespace

Router dependencies() {
  auto rt = Router({.prefix = "/rt",
                    .tags = {"rt"},
                    .dependencies = {depends<d_nc>},
                    .responses = {{"403", "F"}}})
                .get<rt_root>("/")
                .get<rt_x>("/x");
  return Router()
      .get<s_bearer>("/s/bearer")
      .get<s_basic>("/s/basic")
      .get<s_digest>("/s/digest")
      .get<s_akh>("/s/akh")
      .get<s_akq>("/s/akq")
      .get<s_akc>("/s/akc")
      .get<s_oidc>("/s/oidc")
      .get<s_scopes>("/s/scopes")
      .post<s_token>("/s/token")
      .post<s_tokenstrict>("/s/tokenstrict")
      .get<d_order>("/d/order")
      .get<d_fail>("/d/fail")
      .get<d_catch_ep>("/d/catch")
      .post<d_merge>("/d/merge")
      .post<d_auth>("/d/auth")
      .get<d_class>("/d/class")
      .include(rt, {.prefix = "/api"});
}

}  // namespace sink
