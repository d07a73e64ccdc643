#include "formats/url.hpp"

#include <algorithm>
#include <vector>

#include "formats/checked.hpp"
#include "formats/url_host.hpp"
#include "json/utf8.hpp"

namespace plinth::formats {

namespace {

constexpr std::size_t url_bytes_max = 2083;

// What is percent-encoded, besides controls and all beyond ASCII. Source: WHATWG URL, 1.3; url 2.5
// lets "^" be in a path.
constexpr std::string_view in_fragment = " \"<>`";
constexpr std::string_view in_query = " \"#<>'";
constexpr std::string_view in_path = " \"<>`#?{}";
constexpr std::string_view in_userinfo = " \"<>`#?{}/:;=@[\\]^|";

void append_encoded(std::string& out, std::string_view text, std::string_view encoded) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F || encoded.find(c) != encoded.npos) {
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 0xF];
    } else {
      out += c;
    }
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Without controls and spaces around, and without tabs and line ends anywhere.
std::string trim(std::string_view text) {
  auto outer = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && outer(text.front())) text.remove_prefix(1);
  while (!text.empty() && outer(text.back())) text.remove_suffix(1);
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out),
                       [](char c) { return c != '\t' && c != '\n' && c != '\r'; });
  return out;
}

// The scheme in lower case, cut from `rest` with its colon; empty when there is none.
std::string take_scheme(std::string_view& rest) {
  std::string scheme;
  for (char c : rest) {
    if (c == ':' && !scheme.empty()) {
      rest.remove_prefix(scheme.size() + 1);
      return scheme;
    }
    const bool inner = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!is_letter(c) && (!inner || scheme.empty())) break;
    scheme += static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  return {};
}

struct Scheme {
  std::string_view name;
  int default_port;
};
constexpr Scheme special_schemes[] = {
    {"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}, {"ftp", 21}};

const Scheme* find_special(std::string_view name) {
  const auto* found = std::ranges::find(special_schemes, name, &Scheme::name);
  return found == std::end(special_schemes) ? nullptr : found;
}

void append_userinfo(std::string& out, std::string_view userinfo) {
  const auto colon = userinfo.find(':');
  const auto user = userinfo.substr(0, colon);
  const auto password = colon == userinfo.npos ? std::string_view() : userinfo.substr(colon + 1);
  if (user.empty() && password.empty()) return;
  append_encoded(out, user, in_userinfo);
  if (!password.empty()) {
    out += ':';
    append_encoded(out, password, in_userinfo);
  }
  out += '@';
}

struct HostPort {
  std::string_view host;
  std::string_view port;
};

HostPort split_host(std::string_view text) {
  bool inside_brackets = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') inside_brackets = true;
    if (text[i] == ']') inside_brackets = false;
    if (text[i] == ':' && !inside_brackets) return {text.substr(0, i), text.substr(i + 1)};
  }
  return {text, {}};
}

// ":8080", or nothing for the default port and for none.
Checked<std::string> read_port(std::string_view text, int default_port) {
  int port = 0;
  for (char c : text) {
    if (c >= '0' && c <= '9') port = port * 10 + (c - '0');
    if (c < '0' || c > '9' || port > 65535) return Refusal{"invalid port number"};
  }
  if (text.empty() || port == default_port) return std::string();
  return ":" + std::to_string(port);
}

Checked<std::string> read_authority(std::string_view text, int default_port) {
  std::string out;
  const auto at = text.rfind('@');
  if (at != text.npos) {
    append_userinfo(out, text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  const auto parts = split_host(text);
  if (parts.host.empty()) return Refusal{"empty host"};
  auto host = read_host(parts.host);
  if (!host) return host;
  auto port = read_port(parts.port, default_port);
  if (!port) return port;
  return out + host.value + port.value;
}

bool is_dot(std::string_view text) { return text == "." || text == "%2e" || text == "%2E"; }

bool is_double_dot(std::string_view text) {
  for (std::size_t half : {std::size_t{1}, std::size_t{3}}) {
    if (text.size() > half && is_dot(text.substr(0, half)) && is_dot(text.substr(half)))
      return true;
  }
  return false;
}

// From the root on, "." and ".." resolved.
std::string read_path(std::string_view text) {
  std::vector<std::string_view> segments;
  if (text.starts_with('/') || text.starts_with('\\')) text.remove_prefix(1);
  while (true) {
    const auto slash = text.find_first_of("/\\");
    const auto segment = text.substr(0, slash);
    const bool last = slash == text.npos;
    if (is_double_dot(segment)) {
      if (!segments.empty()) segments.pop_back();
      if (last) segments.emplace_back();
    } else if (!is_dot(segment)) {
      segments.push_back(segment);
    } else if (last) {
      segments.emplace_back();
    }
    if (last) break;
    text.remove_prefix(slash + 1);
  }
  std::string out;
  for (auto segment : segments) {
    out += '/';
    append_encoded(out, segment, in_path);
  }
  return out;
}

// What follows the scheme of a special URL.
Checked<std::string> read_special(const Scheme& scheme, std::string_view rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of("/\\"), rest.size()));
  const auto authority = rest.substr(0, rest.find_first_of("/\\?#"));
  auto place = read_authority(authority, scheme.default_port);
  if (!place) return place;
  rest.remove_prefix(authority.size());

  const auto path = rest.substr(0, rest.find_first_of("?#"));
  rest.remove_prefix(path.size());
  std::string out = std::string(scheme.name) + "://" + place.value + read_path(path);
  const auto query = rest.substr(0, rest.find('#'));
  rest.remove_prefix(query.size());
  if (!query.empty()) {
    out += '?';
    append_encoded(out, query.substr(1), in_query);
  }
  if (!rest.empty()) {
    out += '#';
    append_encoded(out, rest.substr(1), in_fragment);
  }
  return out;
}

// URLs of other schemes are refused anyway; what is wrong with them otherwise comes first.
Refusal check_other(std::string_view rest) {
  if (!rest.starts_with("//")) return {};
  rest.remove_prefix(2);
  auto authority = rest.substr(0, rest.find_first_of("/?#"));
  authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0
  if (authority.starts_with(':')) return {"empty host"};
  const auto parts = split_host(authority);
  if (auto refusal = check_opaque_host(parts.host)) return refusal;
  return {read_port(parts.port, -1).reason};
}

Problem parsing_problem(std::string_view error) {
  return error_problem("url_parsing", "Input should be a valid URL, ", error);
}

}  // namespace

Parsed<Url> url_from_text(std::string_view text) {
  if (text.size() > url_bytes_max) {
    return Problem{"url_too_long", "URL should have at most 2083 characters",
                   R"({"max_length":2083})"};
  }
  const std::string trimmed = trim(text);
  if (trimmed.empty()) return parsing_problem("input is empty");
  std::string_view rest = trimmed;
  const auto name = take_scheme(rest);
  if (name.empty()) return parsing_problem("relative URL without a base");
  const auto* scheme = find_special(name);
  auto url =
      scheme != nullptr ? read_special(*scheme, rest) : Checked<std::string>(check_other(rest));
  if (!url) return parsing_problem(url.reason);
  if (name != "http" && name != "https") {
    return Problem{"url_scheme", "URL scheme should be 'http' or 'https'",
                   R"({"expected_schemes":"'http' or 'https'"})"};
  }
  return Url(std::move(url.value));
}

}  // namespace plinth::formats
