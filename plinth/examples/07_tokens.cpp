// A user's password becomes a hash, a login becomes a token, a token becomes the user again.
#include <cstdio>

#include "plinth/security.hpp"

using namespace plinth;

struct Account {
  std::string email;
  std::string hashed_password;
};

Task<Account> sign_up(std::string email, std::string password) {
  co_return Account{.email = email, .hashed_password = co_await hash_password(password)};
}

Task<std::optional<std::string>> log_in(Account account, std::string password, KeyRing keys) {
  if (!co_await verify_password(password, account.hashed_password)) co_return std::nullopt;
  auto exp = unix_now().count + 60 * 60;
  co_return encode_jwt(Json::object({{"sub", account.email}, {"exp", exp}}), keys);
}

int main() {
  auto last_year = SigningKey{.secret = "last year's secret of 32 bytes..", .kid = "2025"};
  auto this_year = SigningKey{.secret = "this year's secret of 32 bytes..", .kid = "2026"};
  auto keys = KeyRing(this_year, {last_year});  // signs by the first, verifies by both

  auto ada = run(sign_up("ada@example.com", "analytical"));
  auto token = run(log_in(ada, "analytical", keys));
  auto nobody = run(log_in(ada, "numerical", keys));

  std::printf("%s\n", ada.hashed_password.substr(0, 7).c_str());  // $2b$12$
  std::printf("%s\n", subject_of(*token, keys)->c_str());         // ada@example.com
  std::printf("%s\n", nobody ? "logged in" : "wrong password");   // wrong password

  auto eve = KeyRing(SigningKey{.secret = "a secret that Eve has chosen", .kid = "2026"});
  auto forged = encode_jwt(Json::object({{"sub", "eve@example.com"}, {"exp", 4102444800}}), eve);
  JwtError why{};
  if (!decode_jwt(forged, keys, {}, &why)) {
    std::printf("%s\n", std::string(to_string(why)).c_str());  // signature
  }
}
