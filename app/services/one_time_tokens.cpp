#include "app/services/one_time_tokens.hpp"

#include <utility>

#include "plinth/secrets.hpp"

namespace app {

namespace {

// As the table has it.
std::string name_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::verify_email:
      return "verify_email";
    case Purpose::reset_password:
      return "reset_password";
    case Purpose::change_email:
      return "change_email";
  }
  return "";
}

auto good_token(Purpose purpose, const std::string& token) {
  return col<&OneTimeToken::token_hash> == sha256_hex(token) &&
         col<&OneTimeToken::purpose> == name_of(purpose) &&
         col<&OneTimeToken::used_at> == std::nullopt &&
         col<&OneTimeToken::expires_at> > DateTime::now();
}

}  // namespace

Task<std::string> make_one_time_token(Session& session, std::int32_t user_id, TokenOrder order) {
  co_await forget_tokens(session, user_id, order.purpose);
  auto token = token_urlsafe();
  auto expires = DateTime::now();
  expires.microseconds += order.lifetime.count * 1'000'000;
  co_await session.execute(insert(OneTimeToken{.user_id = user_id,
                                               .purpose = name_of(order.purpose),
                                               .token_hash = sha256_hex(token),
                                               .email = std::move(order.email),
                                               .expires_at = expires}));
  co_return token;
}

Task<void> forget_tokens(Session& session, std::int32_t user_id, std::optional<Purpose> purpose) {
  auto tokens = delete_from<OneTimeToken>().where(col<&OneTimeToken::user_id> == user_id &&
                                                  col<&OneTimeToken::used_at> == std::nullopt);
  if (purpose) {
    tokens = std::move(tokens).where(col<&OneTimeToken::purpose> == name_of(*purpose));
  }
  co_await session.execute(std::move(tokens));
}

Task<bool> is_good_token(Session& session, Purpose purpose, std::string token) {
  const auto found = co_await session.first(
      select<OneTimeToken>(col<&OneTimeToken::id>).where(good_token(purpose, token)));
  co_return found.has_value();
}

Task<std::optional<UsedToken>> use_token(Session& session, Purpose purpose, std::string token) {
  co_await session.begin();
  const auto owner = co_await session.first(
      select<OneTimeToken>(col<&OneTimeToken::user_id>).where(good_token(purpose, token)));
  if (!owner) co_return std::nullopt;

  // The user first, then their tokens, as whoever makes a token does.
  auto user = co_await session.one_or_none(
      select<User>()
          .where(col<&User::id> == *owner && col<&User::is_active> == true)
          .with_for_update());
  if (!user) co_return std::nullopt;

  auto used = co_await session.all(update<OneTimeToken>()
                                       .set(col<&OneTimeToken::used_at> = DateTime::now())
                                       .where(good_token(purpose, token))
                                       .returning(col<&OneTimeToken::email>));
  if (used.empty()) co_return std::nullopt;
  co_return UsedToken{.user = std::move(*user), .email = std::move(used.front())};
}

}  // namespace app
