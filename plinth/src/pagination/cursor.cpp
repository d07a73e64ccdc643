#include "pagination/cursor.hpp"

#include <openssl/crypto.h>

#include "plinth/json.hpp"
#include "security/base64.hpp"
#include "security/hmac.hpp"

namespace plinth::pagination {

namespace {

constexpr std::size_t mac_bytes = 16;
constexpr std::string_view places[] = {"after", "before", "end"};

// A key of its own, so that no other text signed with the secret is a cursor.
std::string mac_of(std::string_view content, const std::string& secret) {
  const auto mac =
      security::hmac(security::HashName::sha256, "plinth.pagination" + secret, content);
  return std::string(mac.view().substr(0, mac_bytes));
}

std::optional<Cursor> cursor_of(const Json& json) {
  if (!json.is_array() || json.size() < 2) return {};
  for (const auto& item : json.items()) {
    if (!item.is_string()) return {};
  }
  Cursor cursor;
  std::size_t place = 0;
  while (place < 3 && json[0].str() != places[place]) ++place;
  if (place == 3) return {};
  cursor.from = static_cast<Cursor::From>(place);
  cursor.order = json[1].str();
  for (std::size_t i = 2; i < json.size(); ++i) cursor.values.push_back(json[i].str());
  return cursor;
}

}  // namespace

std::string encode_cursor(const Cursor& cursor, const std::string& secret) {
  Json json = Json::array({places[static_cast<std::size_t>(cursor.from)], cursor.order});
  for (const auto& value : cursor.values) json.push_back(value);
  const auto content = json.dump();
  return security::encode_base64url(mac_of(content, secret) + content);
}

std::optional<Cursor> decode_cursor(std::string_view text, const std::string& secret) {
  std::string bytes;
  if (!security::decode_base64url(text, bytes) || bytes.size() < mac_bytes) return {};
  const auto content = std::string_view(bytes).substr(mac_bytes);
  const auto mac = mac_of(content, secret);
  if (CRYPTO_memcmp(mac.data(), bytes.data(), mac_bytes) != 0) return {};
  try {
    return cursor_of(Json::parse(content));
  } catch (const JsonError&) {
    return {};
  }
}

}  // namespace plinth::pagination
