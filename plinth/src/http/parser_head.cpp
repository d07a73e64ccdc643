// Request line and header fields: RFC 9112 2 to 6, RFC 9110 5 and 7.
#include <algorithm>
#include <cstring>

#include "http/authority.hpp"
#include "http/characters.hpp"
#include "http/parser.hpp"

namespace plinth::http {
namespace {

// RFC 9112 2.2 asks for one; a few more come from clients that end a body with a line end.
constexpr unsigned empty_lines_max = 4;

constexpr std::string_view version_prefix = "HTTP/1.";
constexpr std::size_t version_size = 8;

bool is_version(std::string_view text) {
  return text.size() == version_size && text.starts_with("HTTP/") && is(kind::digit, text[5]) &&
         text[6] == '.' && is(kind::digit, text[7]);
}

// Eight bytes at a time: none below 0x20, none 0x7f. A tab, too, goes the slow way.
bool is_plain(const char* bytes) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const auto low = (word - ones * 0x20) & ~word & highs;
  const auto del = ((word ^ (ones * 0x7f)) - ones) & ~(word ^ (ones * 0x7f)) & highs;
  return (low | del) == 0;
}

bool is_field_value(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    if (!is_plain(text.data() + i)) break;
  }
  return std::ranges::all_of(text.substr(i), [](char c) { return is(kind::value, c); });
}

}  // namespace

bool RequestParser::parse_request_line() {
  // What cannot become a request line is refused at its first byte, a TLS greeting for example.
  if (read_ < received_end()) {
    const char first = base()[read_];
    if (!is_token(first) && first != '\r') return fail(400);
  }
  Slice line;
  if (!take_line(line, limits_.request_line_bytes, 414)) return false;
  if (line.size == 0) return ++empty_lines_ > empty_lines_max ? fail(400) : true;

  const auto whole = text(line);
  std::size_t method = 0;
  while (method < whole.size() && is_token(whole[method])) ++method;
  if (method == 0 || method == whole.size() || whole[method] != ' ') return fail(400);
  auto end = method + 1;
  while (end < whole.size() && is(kind::target, whole[end])) ++end;
  if (end == method + 1 || end == whole.size() || whole[end] != ' ') return fail(400);
  const auto version = whole.substr(end + 1);
  if (!is_version(version)) return fail(400);
  if (!version.starts_with(version_prefix) || version.back() > '1') return fail(505);

  head_.method = {line.start, static_cast<Position>(method)};
  head_.minor_version = version.back() - '0';
  head_.fields_start = read_;
  const auto target = static_cast<Position>(method) + 1;
  if (!parse_target({line.start + target, static_cast<Position>(end) - target})) return fail(400);
  state_ = State::field;
  return true;
}

// RFC 9112 3.2. The authority-form is CONNECT's, and CONNECT is for proxies.
bool RequestParser::parse_target(Slice target) {
  const auto whole = text(target);
  if (text(head_.method) == "CONNECT") return false;
  if (whole.front() == '/') {
    set_origin_target(target);
    return true;
  }
  if (whole == "*") {
    set_origin_target(target);
    return text(head_.method) == "OPTIONS";
  }
  return parse_absolute_target(target);
}

// A fragment is not part of a target; clients that send one mean the resource without it, and
// uvicorn drops it.
void RequestParser::set_origin_target(Slice target) {
  auto whole = text(target);
  whole = whole.substr(0, whole.find('#'));
  const auto path = static_cast<Position>(std::min(whole.find('?'), whole.size()));
  head_.target = {target.start, static_cast<Position>(whole.size())};
  head_.path = {target.start, path};
  if (path < whole.size()) {
    head_.query = {target.start + path + 1, static_cast<Position>(whole.size()) - path - 1};
  }
}

// RFC 9112 3.2.2: its authority replaces Host.
bool RequestParser::parse_absolute_target(Slice target) {
  const auto whole = text(target);
  const auto colon = whole.find("://");
  if (colon == whole.npos) return false;
  const auto scheme = whole.substr(0, colon);
  if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) return false;
  const auto start = static_cast<Position>(colon) + 3;
  const auto end = static_cast<Position>(std::min(whole.find_first_of("/?#", start), whole.size()));
  if (!is_authority(whole.substr(start, end - start))) return false;
  head_.absolute = true;
  head_.authority = {target.start + start, end - start};
  if (end < whole.size() && whole[end] == '/') {
    set_origin_target({target.start + end, target.size - end});
    return true;
  }
  // Without a path it is "/" ("*" for OPTIONS, RFC 9112 3.2.4): the authority makes room by moving
  // over the last slash.
  auto* moved = base() + head_.authority.start - 1;
  std::memmove(moved, moved + 1, head_.authority.size);
  --head_.authority.start;
  const bool asterisk = text(head_.method) == "OPTIONS" && end == whole.size();
  base()[target.start + end - 1] = asterisk ? '*' : '/';
  set_origin_target({target.start + end - 1, target.size - end + 1});
  return true;
}

bool RequestParser::parse_field_line() {
  const auto used = read_ - head_.fields_start;
  Slice line;
  if (!take_line(line, limits_.header_bytes - std::min<std::size_t>(used, limits_.header_bytes),
                 431)) {
    return false;
  }
  if (line.size == 0) return finish_head();
  if (fields_.size() == limits_.header_fields) return fail(431);
  Field field;
  if (!parse_field(line, field)) return fail(400);
  if (!note_field(field)) return fail(400);
  fields_.push_back(field);
  return true;
}

// No white space before the colon, no folding, no control characters. The name is lower-cased where
// it stands.
bool RequestParser::parse_field(Slice line, Field& field) {
  auto* const start = base() + line.start;
  const auto* const end = start + line.size;
  auto* c = start;
  for (; c != end && is_token(*c); ++c) *c = lower(*c);
  if (c == start || c == end || *c != ':') return false;
  const auto value = strip_blanks({c + 1, static_cast<std::size_t>(end - c) - 1});
  field.name = {line.start, static_cast<Position>(c - start)};
  field.value = {static_cast<Position>(value.data() - base()), static_cast<Position>(value.size())};
  return is_field_value(value);
}

bool RequestParser::note_field(const Field& field) {
  const auto name = text(field.name);
  const auto value = text(field.value);
  switch (name.size()) {
    case 4:
      if (name != "host") return true;
      if (head_.has_host) return false;
      head_.has_host = true;
      head_.host_field = static_cast<Position>(fields_.size());
      if (!value.empty() && !is_authority(value)) return false;
      if (!head_.absolute) head_.authority = field.value;
      return true;
    case 6:
      if (name != "expect") return true;
      (equal_ignoring_case(value, "100-continue") ? head_.expects_continue : head_.expects_other) =
          true;
      return true;
    case 10:
      if (name == "connection") note_connection(value);
      return true;
    case 14:
      return name != "content-length" || note_content_length(value);
    case 17:
      if (name == "transfer-encoding") note_transfer_encoding(value);
      return true;
    default:
      return true;
  }
}

// One field, digits only: lists and repetitions, even of equal numbers, are refused (RFC 9112 6.3).
bool RequestParser::note_content_length(std::string_view value) {
  if (head_.has_content_length || value.empty()) return false;
  head_.has_content_length = true;
  std::uint64_t length = 0;
  for (const char c : value) {
    if (!is(kind::digit, c)) return false;
    if (__builtin_mul_overflow(length, 10U, &length) ||
        __builtin_add_overflow(length, static_cast<unsigned>(c - '0'), &length)) {
      return false;
    }
  }
  head_.content_length = length;
  return true;
}

// Only "chunked", once, is understood. Another coding before it is 501, whatever else is 400 (RFC
// 9112 6.1, 6.3).
void RequestParser::note_transfer_encoding(std::string_view value) {
  if (head_.coding != Coding::none) {
    head_.coding = Coding::malformed;
    return;
  }
  if (equal_ignoring_case(value, "chunked")) {
    head_.coding = Coding::chunked;
    return;
  }
  const auto comma = value.rfind(',');
  const bool ends_chunked =
      comma != value.npos && equal_ignoring_case(strip_blanks(value.substr(comma + 1)), "chunked");
  const auto first = strip_blanks(value.substr(0, value.find(',')));
  const bool names_other = !first.empty() && std::ranges::all_of(first, is_token) &&
                           !equal_ignoring_case(first, "chunked");
  head_.coding = ends_chunked && names_other ? Coding::not_implemented : Coding::malformed;
}

void RequestParser::note_connection(std::string_view values) {
  while (!values.empty()) {
    const auto end = std::min(values.find(','), values.size());
    const auto option = strip_blanks(values.substr(0, end));
    if (equal_ignoring_case(option, "close")) head_.close = true;
    if (equal_ignoring_case(option, "keep-alive")) head_.asks_keep_alive = true;
    values.remove_prefix(std::min(end + 1, values.size()));
  }
}

bool RequestParser::finish_head() {
  const bool current = head_.minor_version == 1;
  if (current && !head_.has_host) return fail(400);
  if (head_.coding == Coding::malformed) return fail(400);
  // Both lengths, or chunks in HTTP/1.0, are how requests are smuggled past a proxy (RFC 9112 6.1).
  if (head_.coding != Coding::none && (head_.has_content_length || !current)) return fail(400);
  if (head_.coding == Coding::not_implemented) return fail(501);
  if (current && head_.expects_other) return fail(417);
  head_.expects_continue &= current;
  head_.keep_alive = !head_.close && (current || head_.asks_keep_alive);
  body_.start = read_;
  if (head_.coding == Coding::chunked) {
    state_ = State::chunk_size;
  } else {
    state_ = head_.content_length > 0 ? State::content : State::complete;
  }
  return true;
}

}  // namespace plinth::http
