#include "base/secret_names.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace plinth::base {
namespace {

// A name as words in lower case with '_' between them, however it was written: X-API-Key,
// signingKey and SIGNING_KEY. Of a very long one its end.
class Words {
 public:
  explicit Words(std::string_view name) {
    name = name.substr(name.size() - std::min(name.size(), room / 2));
    bool after_small = false;
    for (const char c : name) {
      const bool is_capital = c >= 'A' && c <= 'Z';
      if (is_capital && after_small) text_[size_++] = '_';
      text_[size_++] = is_capital ? static_cast<char>(c + 32) : c == '-' || c == ' ' ? '_' : c;
      after_small = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }
  }
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  static constexpr std::size_t room = 256;
  std::array<char, room> text_;
  std::size_t size_ = 0;
};

bool starts_with_any(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](auto word) { return text.starts_with(word); });
}

bool ends_with_any(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](auto word) { return text.ends_with(word); });
}

// "access_token", and whatever stands behind, but for what is about tokens:
// ACCESS_TOKEN_EXPIRE_MINUTES, token_type, tokens_left.
bool tells_of_token(std::string_view name) {
  constexpr std::array<std::string_view, 16> about = {
      "expir", "lifetime", "ttl", "count",  "left", "limit",    "max",  "min",
      "used",  "url",      "uri", "bucket", "iz",   "endpoint", "per_", "bytes"};
  constexpr std::string_view token = "token";
  const auto at = name.rfind(token);
  if (at == std::string_view::npos) return false;
  auto rest = name.substr(at + token.size());
  if (rest.starts_with('s')) rest.remove_prefix(1);
  while (rest.starts_with('_')) rest.remove_prefix(1);
  return rest != "type" && !starts_with_any(rest, about);
}

// Keys open something, but for those that find something.
bool tells_of_key(std::string_view name) {
  constexpr std::array<std::string_view, 16> that_find = {
      "routing", "partition", "primary", "foreign", "sort",  "cache",   "public",    "idempotency",
      "row",     "group",     "natural", "object",  "queue", "message", "surrogate", "unique"};
  if (name.ends_with('s')) name.remove_suffix(1);
  if (name.ends_with("apikey")) return true;
  constexpr std::string_view key = "_key";
  if (!name.ends_with(key)) return false;
  name.remove_suffix(key.size());
  return !ends_with_any(name, that_find);
}

constexpr std::array<std::string_view, 7> within = {
    "secret", "password", "passwd", "passphrase", "credential", "authorization", "cookie"};

// A bit a letter, in any case.
constexpr std::uint32_t letters_of(std::string_view text) {
  std::uint32_t letters = 0;
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>((c | 0x20) - 'a');
    if (letter < 26) letters |= 1U << letter;
  }
  return letters;
}

// Most names lack a letter of each word; nothing more need be looked at. Every field of every line
// of the log is asked for.
bool may_be_secret(std::string_view name) {
  const auto letters = letters_of(name);
  const auto has_all = [&](std::string_view word) {
    const auto asked = letters_of(word);
    return (letters & asked) == asked;
  };
  return has_all("token") || has_all("key") || std::ranges::any_of(within, has_all);
}

}  // namespace

bool is_secret_name(std::string_view name) noexcept {
  if (!may_be_secret(name)) return false;
  const Words words(name);
  const auto text = words.view();
  return std::ranges::any_of(
             within, [&](auto word) { return text.find(word) != std::string_view::npos; }) ||
         tells_of_token(text) || tells_of_key(text);
}

}  // namespace plinth::base
