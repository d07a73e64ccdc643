#include "json/utf8.hpp"

#include "json/scan.hpp"

namespace plinth::json {

namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Length of the well-formed sequence at the start of `text`, which is not ASCII; 0 when there is
// none. Source: Unicode 15, table 3-7, with surrogates let through.
std::size_t sequence_size(std::string_view text, bool& surrogate) {
  auto lead = static_cast<unsigned char>(text[0]);
  std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  auto second = static_cast<unsigned char>(text[1]);
  if (lead == 0xE0 && second < 0xA0) return 0;
  if (lead == 0xF0 && second < 0x90) return 0;
  if (lead == 0xF4 && second > 0x8F) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  if (lead == 0xED && second >= 0xA0) surrogate = true;
  return size;
}

struct WideEncoding {
  std::size_t unit = 0;  // bytes; 0: neither UTF-16 nor UTF-32
  bool big_endian = false;
  std::size_t mark = 0;  // bytes of the byte order mark
};

// Source: CPython 3.13, json.detect_encoding.
WideEncoding detect(std::string_view text) {
  using namespace std::string_view_literals;
  if (text.starts_with("\0\0\xFE\xFF"sv)) return {4, true, 4};
  if (text.starts_with("\xFF\xFE\0\0"sv)) return {4, false, 4};
  if (text.starts_with("\xFE\xFF"sv)) return {2, true, 2};
  if (text.starts_with("\xFF\xFE"sv)) return {2, false, 2};
  if (text.size() >= 4) {
    if (text[0] == '\0') return text[1] != '\0' ? WideEncoding{2, true} : WideEncoding{4, true};
    if (text[1] == '\0') {
      return text[2] != '\0' || text[3] != '\0' ? WideEncoding{2, false} : WideEncoding{4, false};
    }
  } else if (text.size() == 2) {
    if (text[0] == '\0') return {2, true};
    if (text[1] == '\0') return {2, false};
  }
  return {};
}

std::uint32_t load_unit(std::string_view text, std::size_t at, const WideEncoding& encoding) {
  std::uint32_t unit = 0;
  for (std::size_t i = 0; i < encoding.unit; ++i) {
    std::size_t offset = encoding.big_endian ? i : encoding.unit - 1 - i;
    unit = unit << 8 | static_cast<unsigned char>(text[at + offset]);
  }
  return unit;
}

}  // namespace

Utf8Check check_utf8(std::string_view text) {
  Utf8Check check;
  std::size_t i = 0;
  while (i < text.size()) {
    while (i + 8 <= text.size() && (load_word(text.data() + i) & high_bits) == 0) i += 8;
    if (i == text.size()) break;
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    std::size_t size = sequence_size(text.substr(i), check.surrogates);
    if (size == 0) {
      check.valid = false;
      break;
    }
    i += size;
  }
  return check;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (char byte : text) count += is_continuation(byte) ? 0 : 1;
  return count;
}

char* write_utf8(char* out, std::uint32_t code_point) {
  auto tail = [&](int shift) { return static_cast<char>(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x80) {
    *out++ = static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    *out++ = static_cast<char>(0xC0 | code_point >> 6);
    *out++ = tail(0);
  } else if (code_point < 0x10000) {
    *out++ = static_cast<char>(0xE0 | code_point >> 12);
    *out++ = tail(6);
    *out++ = tail(0);
  } else {
    *out++ = static_cast<char>(0xF0 | code_point >> 18);
    *out++ = tail(12);
    *out++ = tail(6);
    *out++ = tail(0);
  }
  return out;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  char bytes[4];
  out.append(bytes, write_utf8(bytes, code_point));
}

std::uint32_t next_code_point(std::string_view text, std::size_t& position) {
  auto lead = static_cast<unsigned char>(text[position++]);
  if (lead < 0x80) return lead;
  std::uint32_t code_point = lead >= 0xF0   ? lead & 0x07u
                             : lead >= 0xE0 ? lead & 0x0Fu
                                            : lead & 0x1Fu;
  while (position < text.size() && is_continuation(text[position])) {
    code_point = code_point << 6 | (static_cast<unsigned char>(text[position++]) & 0x3Fu);
  }
  return code_point;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t size = 1;
    bool surrogate = false;
    if (static_cast<unsigned char>(text[0]) >= 0x80) size = sequence_size(text, surrogate);
    if (size == 0 || surrogate) {
      out += "\xEF\xBF\xBD";
      if (size == 0) size = 1;
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

bool is_wide(std::string_view text) { return detect(text).unit != 0; }

bool transcode_wide(std::string_view text, std::string& out) {
  auto encoding = detect(text);
  if (encoding.unit == 0) return false;
  text.remove_prefix(encoding.mark);
  if (text.size() % encoding.unit != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += encoding.unit) {
    auto code_point = load_unit(text, i, encoding);
    bool high = (code_point & 0xFFFFFC00) == 0xD800;
    if (encoding.unit == 2 && high && i + 4 <= text.size()) {
      auto low = load_unit(text, i + 2, encoding);
      if ((low & 0xFC00) == 0xDC00) {
        code_point = 0x10000 + ((code_point & 0x3FF) << 10 | (low & 0x3FF));
        i += 2;
      }
    }
    if (code_point > 0x10FFFF) return false;
    append_utf8(out, code_point);
  }
  return true;
}

}  // namespace plinth::json
