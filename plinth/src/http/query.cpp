#include "http/query.hpp"

#include <algorithm>
#include <map>

#include "json/utf8.hpp"
#include "plinth/error.hpp"

namespace plinth::http {
namespace {

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Python's str.strip() on text that was decoded from ISO 8859-1.
constexpr std::string_view white_space = " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0";

std::string_view strip(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

// How many bytes at the front are a character or as much of one as is well formed; whole says
// which.
std::size_t character_size(std::string_view bytes, bool& whole) {
  const auto at = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  const auto lead = at(0);
  whole = lead < 0x80;
  if (lead < 0xc2 || lead > 0xf4) return 1;
  const std::size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // Overlong forms, surrogates and what lies beyond U+10FFFF end at their second byte.
  auto low = lead == 0xe0 ? 0xa0U : lead == 0xf0 ? 0x90U : 0x80U;
  auto high = lead == 0xed ? 0x9fU : lead == 0xf4 ? 0x8fU : 0xbfU;
  std::size_t i = 1;
  for (; i < size && at(i) >= low && at(i) <= high; ++i) {
    low = 0x80;
    high = 0xbf;
  }
  whole = i == size;
  return i;
}

// bytes.decode("utf-8", "replace")
std::string replace_malformed(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    bool whole = false;
    const auto size = character_size(bytes, whole);
    out += whole ? bytes.substr(0, size) : std::string_view("\uFFFD");
    bytes.remove_prefix(size);
  }
  return out;
}

// Decodes the escapes of text without non-ASCII characters: what is encoded there need not be
// UTF-8.
void append_decoded_ascii(std::string& out, std::string_view text) {
  const auto start = out.size();
  bool high = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      high |= !is_ascii(out.back());
      i += 2;
    } else {
      out += text[i];
    }
  }
  if (high && !json::is_utf8(std::string_view(out).substr(start))) {
    const auto repaired = replace_malformed(std::string_view(out).substr(start));
    out.replace(start, out.npos, repaired);
  }
}

std::string decode_plus(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return spaced.find('%') == spaced.npos ? spaced : percent_decode(spaced);
}

// http.cookies._unquote: quotes taken off, \" and \ooo resolved.
std::string unquote_cookie(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  const auto octal = [](char c, char last) { return c >= '0' && c <= last; };
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      out += value[i];
    } else if (i + 3 < value.size() && octal(value[i + 1], '3') && octal(value[i + 2], '7') &&
               octal(value[i + 3], '7')) {
      out += static_cast<char>((value[i + 1] - '0') * 64 + (value[i + 2] - '0') * 8 +
                               (value[i + 3] - '0'));
      i += 3;
    } else {
      out += value[++i];
    }
  }
  return out;
}

// A tree, not a hash: whoever chooses the names cannot make them collide.
class Cookies {
 public:
  void set(std::string name, std::string value) {
    const auto [place, is_new] = places_.try_emplace(name, pairs_.size());
    if (is_new) {
      pairs_.emplace_back(std::move(name), std::move(value));
    } else {
      pairs_[place->second].second = std::move(value);
    }
  }
  Pairs take() { return std::move(pairs_); }

 private:
  Pairs pairs_;
  std::map<std::string, std::size_t> places_;
};

template <class Each>
void split(std::string_view text, char separator, Each each) {
  while (!text.empty()) {
    const auto end = text.find(separator);
    each(text.substr(0, end));
    if (end == text.npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

void percent_decode_into(std::string& out, std::string_view text) {
  out.clear();
  while (!text.empty()) {
    const auto ascii_end = std::ranges::find_if_not(text, is_ascii);
    const auto ascii = static_cast<std::size_t>(ascii_end - text.begin());
    append_decoded_ascii(out, text.substr(0, ascii));
    text.remove_prefix(ascii);
    const auto other_end = std::ranges::find_if(text, is_ascii);
    const auto other = static_cast<std::size_t>(other_end - text.begin());
    out += text.substr(0, other);
    text.remove_prefix(other);
  }
}

std::string percent_decode(std::string_view text) {
  std::string out;
  percent_decode_into(out, text);
  return out;
}

std::string percent_encode(std::string_view text, std::string_view safe) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool kept = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '_' || c == '.' || c == '-' || c == '~' || safe.find(c) != safe.npos;
    if (kept) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    if (is_ascii(c)) {
      out += c;
    } else {
      json::append_utf8(out, static_cast<unsigned char>(c));
    }
  }
  return out;
}

Pairs parse_query(std::string_view query) {
  Pairs pairs;
  split(query, '&', [&](std::string_view part) {
    if (part.empty()) return;
    const auto equals = part.find('=');
    const auto value = equals == part.npos ? std::string_view() : part.substr(equals + 1);
    pairs.emplace_back(decode_plus(part.substr(0, equals)), decode_plus(value));
  });
  return pairs;
}

// Source: Starlette's FormParser. It reads the body as ISO 8859-1 and then as a query.
Pairs parse_form(std::string_view body, std::size_t fields_max) {
  if (static_cast<std::size_t>(std::ranges::count(body, '&')) >= fields_max) {
    throw HttpError(
        400, "Too many fields. Maximum number of fields is " + std::to_string(fields_max) + ".");
  }
  if (std::ranges::all_of(body, is_ascii)) return parse_query(body);
  return parse_query(latin1_to_utf8(body));
}

// Source: Starlette's cookie_parser.
Pairs parse_cookies(const Request& request) {
  Cookies cookies;
  for (const auto& field : request.headers) {
    if (field.name != "cookie") continue;
    split(field.value, ';', [&](std::string_view chunk) {
      const auto equals = chunk.find('=');
      const auto name = equals == chunk.npos ? std::string_view() : strip(chunk.substr(0, equals));
      const auto value = strip(equals == chunk.npos ? chunk : chunk.substr(equals + 1));
      if (name.empty() && value.empty()) return;
      cookies.set(latin1_to_utf8(name), latin1_to_utf8(unquote_cookie(value)));
    });
  }
  return cookies.take();
}

}  // namespace plinth::http
