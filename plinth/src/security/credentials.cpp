#include "security/credentials.hpp"

#include <algorithm>

#include "json/utf8.hpp"

namespace plinth::security {

namespace {

// What Python's str.strip() takes for white space among the characters of ISO 8859-1.
std::string_view strip(std::string_view text) {
  constexpr std::string_view space = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0";
  auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// application/x-www-form-urlencoded; a bad escape stays as it is.
std::string decode_component(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// Calls visit(piece) for each piece between separators.
template <class Visit>
void for_each_piece(std::string_view text, char separator, Visit visit) {
  for (;;) {
    auto end = text.find(separator);
    visit(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<std::string_view> only_header(const Request& request, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& field : request.headers) {
    if (field.name != name) continue;
    if (found) return std::nullopt;
    found = field.value;
  }
  return found;
}

std::optional<HTTPAuthorizationCredentials> authorization_of(const Request& request) {
  auto field = only_header(request, "authorization");
  if (!field) return std::nullopt;
  auto space = std::min(field->find(' '), field->size());
  return HTTPAuthorizationCredentials{
      .scheme = from_latin1(field->substr(0, space)),
      .credentials = from_latin1(strip(field->substr(space))),
  };
}

std::optional<std::string> query_value(std::string_view query_string, std::string_view name) {
  std::optional<std::string> found;
  for_each_piece(query_string, '&', [&](std::string_view piece) {
    auto equals = std::min(piece.find('='), piece.size());
    if (decode_component(piece.substr(0, equals)) != name) return;
    found = decode_component(piece.substr(std::min(equals + 1, piece.size())));
  });
  if (found && !json::is_utf8(*found)) return std::nullopt;
  return found;
}

std::optional<std::string> cookie_value(const Request& request, std::string_view name) {
  std::optional<std::string> found;
  for (const auto& field : request.headers) {
    if (field.name != "cookie") continue;
    for_each_piece(field.value, ';', [&](std::string_view piece) {
      auto equals = piece.find('=');
      if (equals == std::string_view::npos || strip(piece.substr(0, equals)) != name) return;
      auto value = strip(piece.substr(equals + 1));
      if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
        value = value.substr(1, value.size() - 2);
      }
      found = from_latin1(value);
    });
  }
  return found;
}

std::string from_latin1(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (char byte : bytes) json::append_utf8(text, static_cast<unsigned char>(byte));
  return text;
}

std::string to_lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), lower);
  return lowered;
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace plinth::security
