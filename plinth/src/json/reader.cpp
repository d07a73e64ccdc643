#include "json/reader.hpp"

#include <cstring>

#include "json/scan.hpp"
#include "json/utf8.hpp"

namespace plinth::json {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool has_encoded_surrogate(std::string_view text) {
  for (std::size_t i = text.find('\xED'); i < text.size(); i = text.find('\xED', i + 1)) {
    if (i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0xA0) return true;
  }
  return false;
}

}  // namespace

bool Reader::read(Node& root) {
  skip_space();
  if (!value(root, 0)) return false;
  skip_space();
  return next_ == end_ || fail("Extra data", next_);
}

bool Reader::value(Node& out, int depth) {
  if (next_ == end_) return fail("Expecting value", next_);
  switch (*next_) {
    case '"':
      return string(out);
    case '{':
      return object(out, depth);
    case '[':
      return array(out, depth);
    case 'n':
      return word("null", Node(), out);
    case 't':
      return word("true", Node::make_boolean(true), out);
    case 'f':
      return word("false", Node::make_boolean(false), out);
    case 'N':
      return word("NaN", Node::borrow_number("NaN"), out);
    case 'I':
      return word("Infinity", Node::borrow_number("Infinity"), out);
    case '-':
      if (end_ - next_ > 1 && next_[1] == 'I') {
        return word("-Infinity", Node::borrow_number("-Infinity"), out);
      }
      return number(out);
    default:
      return number(out);
  }
}

bool Reader::word(std::string_view text, Node node, Node& out) {
  if (!std::string_view(next_, static_cast<std::size_t>(end_ - next_)).starts_with(text)) {
    return fail("Expecting value", next_);
  }
  next_ += text.size();
  out = node;
  return true;
}

bool Reader::array(Node& out, int depth) {
  if (depth == Document::depth_max) {
    return fail("Recursion limit exceeded", next_, Error::Kind::depth);
  }
  auto& open = document_.open_items_;
  const std::size_t first = open.size();
  ++next_;
  skip_space();
  if (!at(']')) {
    while (true) {
      Node item;
      if (!value(item, depth + 1)) return false;
      open.push_back(item);
      skip_space();
      if (at(']')) break;
      if (!at(',')) return fail("Expecting ',' delimiter", next_);
      const char* comma = next_++;
      skip_space();
      if (at(']')) return fail("Illegal trailing comma before end of array", comma);
    }
  }
  ++next_;
  out = document_.make_array({open.data() + first, open.size() - first});
  open.resize(first);
  return true;
}

bool Reader::object(Node& out, int depth) {
  if (depth == Document::depth_max) {
    return fail("Recursion limit exceeded", next_, Error::Kind::depth);
  }
  auto& open = document_.open_members_;
  const std::size_t first = open.size();
  ++next_;
  skip_space();
  if (!at('}')) {
    while (true) {
      Member member;
      if (!key(member.key) || !value(member.value, depth + 1)) return false;
      open.push_back(member);
      skip_space();
      if (at('}')) break;
      if (!at(',')) return fail("Expecting ',' delimiter", next_);
      const char* comma = next_++;
      skip_space();
      if (at('}')) return fail("Illegal trailing comma before end of object", comma);
    }
  }
  ++next_;
  out = document_.make_object({open.data() + first, open.size() - first});
  open.resize(first);
  return true;
}

// A key, its colon, and the space behind it.
bool Reader::key(Node& out) {
  if (!at('"')) return fail("Expecting property name enclosed in double quotes", next_);
  if (!string(out)) return false;
  skip_space();
  if (!at(':')) return fail("Expecting ':' delimiter", next_);
  ++next_;
  skip_space();
  return true;
}

bool Reader::string(Node& out) {
  const char* start = next_ + 1;
  const char* special = find_special(start, end_);
  if (special == end_) return fail("Unterminated string starting at", next_);
  if (*special != '"') return escaped_string(out, special);
  next_ = special + 1;
  out = Node::borrow_string({start, static_cast<std::size_t>(special - start)});
  if (surrogates_ && has_encoded_surrogate(out.string())) out.flags_ = Node::surrogate_flag;
  return true;
}

// The rest of a string whose first special byte is at `special`, copied with its escapes resolved.
bool Reader::escaped_string(Node& out, const char* special) {
  const char* quote = next_;
  const char* start = quote + 1;
  // The text between quotes never grows: find its end first, so that one piece of memory is enough.
  const char* close = special;
  while (close < end_ && *close != '"') {
    if (static_cast<unsigned char>(*close) < 0x20) break;
    close = find_special(*close == '\\' && end_ - close > 1 ? close + 2 : close + 1, end_);
  }
  auto* buffer = document_.arena_.make<char>(static_cast<std::size_t>(close - start));
  char* write = buffer;
  bool surrogate = false;
  next_ = start;
  while (true) {
    auto plain = static_cast<std::size_t>(special - next_);
    std::memcpy(write, next_, plain);
    write += plain;
    next_ = special;
    if (next_ == end_) return fail("Unterminated string starting at", quote);
    if (*next_ == '"') break;
    if (*next_ != '\\') return fail("Invalid control character at", next_);
    if (end_ - next_ == 1) return fail("Unterminated string starting at", quote);
    if (!escape(write, surrogate)) return false;
    special = find_special(next_, end_);
  }
  ++next_;
  out = Node::borrow_string({buffer, static_cast<std::size_t>(write - buffer)});
  if (surrogates_ && !surrogate) surrogate = has_encoded_surrogate(out.string());
  if (surrogate) out.flags_ = Node::surrogate_flag;
  return true;
}

bool Reader::escape(char*& out, bool& surrogate) {
  switch (next_[1]) {
    case '"':
    case '\\':
    case '/':
      *out++ = next_[1];
      break;
    case 'b':
      *out++ = '\b';
      break;
    case 'f':
      *out++ = '\f';
      break;
    case 'n':
      *out++ = '\n';
      break;
    case 'r':
      *out++ = '\r';
      break;
    case 't':
      *out++ = '\t';
      break;
    case 'u':
      return unicode_escape(out, surrogate);
    default:
      return fail("Invalid \\escape", next_);
  }
  next_ += 2;
  return true;
}

bool Reader::unicode_escape(char*& out, bool& surrogate) {
  const char* backslash = next_;
  std::uint32_t code_point = 0;
  if (end_ - backslash < 6 || !hex4(backslash + 2, code_point)) {
    return fail("Invalid \\uXXXX escape", backslash + 1);
  }
  next_ += 6;
  const bool high = (code_point & 0xFC00) == 0xD800;
  if (high && end_ - next_ >= 6 && next_[0] == '\\' && next_[1] == 'u') {
    std::uint32_t low = 0;
    if (!hex4(next_ + 2, low)) return fail("Invalid \\uXXXX escape", next_ + 1);
    if ((low & 0xFC00) == 0xDC00) {
      code_point = 0x10000 + ((code_point & 0x3FF) << 10 | (low & 0x3FF));
      next_ += 6;
    }
  }
  surrogate = surrogate || (code_point & 0xFFFFF800) == 0xD800;
  out = write_utf8(out, code_point);
  return true;
}

bool Reader::hex4(const char* digits, std::uint32_t& out) const {
  for (int i = 0; i < 4; ++i) {
    char c = digits[i];
    char lower = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      out = out << 4 | static_cast<std::uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      out = out << 4 | static_cast<std::uint32_t>(lower - 'a' + 10);
    } else {
      return false;
    }
  }
  return true;
}

bool Reader::number(Node& out) {
  constexpr std::ptrdiff_t integer_digits_max = 4300;  // sys.get_int_max_str_digits()
  const char* start = next_;
  const char* p = start;
  const bool negative = *p == '-';
  if (negative) ++p;
  if (p == end_ || !is_digit(*p)) return fail("Expecting value", start);
  const char* digits = p;
  std::uint64_t magnitude = 0;
  if (*p == '0') {
    ++p;
  } else {
    while (p < end_ && is_digit(*p))
      magnitude = magnitude * 10 + static_cast<std::uint64_t>(*p++ - '0');
  }
  const char* whole_end = p;
  if (end_ - p > 1 && *p == '.' && is_digit(p[1])) {
    p += 2;
    while (p < end_ && is_digit(*p)) ++p;
  }
  if (end_ - p > 1 && (*p == 'e' || *p == 'E')) {
    const char* exponent = p + 1;
    if (end_ - exponent > 1 && (*exponent == '-' || *exponent == '+')) ++exponent;
    if (is_digit(*exponent)) {
      p = exponent;
      while (p < end_ && is_digit(*p)) ++p;
    }
  }
  next_ = p;
  const std::string_view literal(start, static_cast<std::size_t>(p - start));
  const std::ptrdiff_t count = whole_end - digits;
  const std::uint64_t limit = (std::uint64_t{1} << 63) - (negative ? 0 : 1);
  if (p != whole_end) {
    out = Node::borrow_number(literal);
  } else if (count < 19 || (count == 19 && magnitude <= limit)) {
    out = Node::make_integer(static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude));
  } else if (count <= integer_digits_max) {
    out = Node::borrow_big_integer(literal);
  } else {
    return fail("Exceeds the limit (4300 digits) for integer string conversion", start,
                Error::Kind::unreadable);
  }
  return true;
}

bool Reader::fail(std::string_view message, const char* at, Error::Kind kind) {
  error_.kind = kind;
  error_.message = message;
  error_.position = count_code_points({begin_, static_cast<std::size_t>(at - begin_)});
  return false;
}

}  // namespace plinth::json
