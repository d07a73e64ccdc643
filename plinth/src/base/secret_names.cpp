#include "base/secret_names.hpp"

#include <algorithm>

namespace plinth::base {
namespace {

// '-' and '_' are one: X-API-Key is x_api_key.
char plain(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c + 32);
  return c == '-' ? '_' : c;
}

bool equal(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, {}, &plain);
}

bool contains(std::string_view text, std::string_view word) {
  return !std::ranges::search(text, word, {}, &plain).empty();
}

bool ends_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && equal(text.substr(text.size() - word.size()), word);
}

}  // namespace

bool is_secret_name(std::string_view name) noexcept {
  constexpr std::string_view within[] = {"secret",     "password",      "passwd", "passphrase",
                                         "credential", "authorization", "cookie"};
  // ACCESS_TOKEN_EXPIRE_MINUTES and token_type are none: there the last word tells.
  constexpr std::string_view last[] = {"token", "tokens", "api_key", "apikey", "private_key"};
  return std::ranges::any_of(within, [&](auto word) { return contains(name, word); }) ||
         std::ranges::any_of(last, [&](auto word) { return ends_with(name, word); });
}

}  // namespace plinth::base
