// Bodies: by length, and in chunks with extensions and trailers (RFC 9112 6 and 7).
#include <algorithm>
#include <cstring>

#include "http/characters.hpp"
#include "http/parser.hpp"

namespace plinth::http {
namespace {

constexpr std::size_t chunk_digits_max = 16;

// Fields that frame, route, authorise or describe the message must come before it (RFC 9110 6.5.1).
constexpr std::string_view forbidden_trailers[] = {
    "authorization", "connection",        "content-encoding", "content-length",
    "content-range", "content-type",      "cookie",           "expect",
    "host",          "keep-alive",        "proxy-connection", "te",
    "trailer",       "transfer-encoding", "upgrade",
};

// chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), RFC 9112 7.1.1
class ExtensionReader {
 public:
  explicit ExtensionReader(std::string_view text) : rest_(text) {}

  bool read() {
    while (!rest_.empty()) {
      skip_blanks();
      if (!skip(';')) return false;
      skip_blanks();
      if (!skip_token()) return false;
      const auto after_name = rest_;
      skip_blanks();
      if (!skip('=')) {
        rest_ = after_name;
        continue;
      }
      skip_blanks();
      if (!skip_quoted() && !skip_token()) return false;
    }
    return true;
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }
  bool skip(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip_token() {
    const auto end = std::ranges::find_if_not(rest_, is_token);
    if (end == rest_.begin()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.begin()));
    return true;
  }
  bool skip_quoted() {
    if (!rest_.starts_with('"')) return false;
    for (std::size_t i = 1; i < rest_.size() && is(kind::value, rest_[i]); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return true;
      }
      if (rest_[i] == '\\' && (++i == rest_.size() || !is(kind::value, rest_[i]))) return false;
    }
    return false;
  }

  std::string_view rest_;
};

unsigned chunk_size_digit(char c) {
  if (c <= '9') return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>(lower(c) - 'a') + 10;
}

}  // namespace

bool RequestParser::parse_content() {
  if (!body_is_allowed()) return fail(413);
  const auto arrived = received_end() - body_.start;
  const auto length = static_cast<Position>(head_.content_length);
  body_.size = std::min(arrived, length);
  read_ = scanned_ = body_.start + body_.size;
  if (body_.size < length) return false;
  state_ = State::complete;
  return true;
}

bool RequestParser::parse_chunk_size() {
  Slice line;
  const auto extensions_left = limits_.chunk_extension_bytes - body_.extension_bytes;
  if (!take_line(line, extensions_left + chunk_digits_max, 400)) return false;
  const auto whole = text(line);
  const auto digits = static_cast<std::size_t>(
      std::ranges::find_if_not(whole, [](char c) { return is(kind::hex, c); }) - whole.begin());
  if (digits == 0 || digits > chunk_digits_max) return fail(400);
  body_.extension_bytes += whole.size() - digits;
  if (body_.extension_bytes > limits_.chunk_extension_bytes) return fail(400);
  if (!ExtensionReader(whole.substr(digits)).read()) return fail(400);

  std::uint64_t size = 0;
  for (const char c : whole.substr(0, digits)) size = size * 16 + chunk_size_digit(c);
  if (size > body_.limit - body_.size) return fail(413);
  body_.chunk_left = size;
  body_.trailer_start = read_;
  state_ = size == 0 ? State::trailer : State::chunk_data;
  return true;
}

bool RequestParser::parse_chunk_data() {
  const auto arrived = received_end() - read_;
  const auto taken = static_cast<Position>(std::min<std::uint64_t>(arrived, body_.chunk_left));
  std::memmove(base() + body_.start + body_.size, base() + read_, taken);
  body_.size += taken;
  body_.chunk_left -= taken;
  read_ += taken;
  scanned_ = read_;
  if (body_.chunk_left > 0) return false;
  state_ = State::chunk_end;
  return true;
}

bool RequestParser::parse_chunk_end() {
  const auto arrived = received_end() - read_;
  if (arrived > 0 && base()[read_] != '\r') return fail(400);
  if (arrived > 1 && base()[read_ + 1] != '\n') return fail(400);
  if (arrived < 2) return false;
  read_ += 2;
  scanned_ = read_;
  state_ = State::chunk_size;
  return true;
}

// Trailers are checked like header fields, then dropped: nothing may be said again after the body.
bool RequestParser::parse_trailer() {
  const auto used = read_ - body_.trailer_start;
  Slice line;
  if (!take_line(line, limits_.trailer_bytes - std::min<std::size_t>(used, limits_.trailer_bytes),
                 431)) {
    return false;
  }
  if (line.size == 0) {
    state_ = State::complete;
    return true;
  }
  Field field;
  if (!parse_field(line, field)) return fail(400);
  if (std::ranges::find(forbidden_trailers, text(field.name)) != std::end(forbidden_trailers)) {
    return fail(400);
  }
  return true;
}

}  // namespace plinth::http
