#include "formats/punycode.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace plinth::formats {

namespace {

// RFC 3492, section 5.
constexpr std::uint64_t base = 36;
constexpr std::uint64_t t_min = 1;
constexpr std::uint64_t t_max = 26;
constexpr std::uint64_t skew = 38;
constexpr std::uint64_t damp = 700;
constexpr std::uint64_t initial_bias = 72;
constexpr std::uint64_t initial_n = 128;
constexpr std::uint64_t code_point_max = 0x10FFFF;

std::uint64_t adapt(std::uint64_t delta, std::uint64_t count, bool first) {
  delta = first ? delta / damp : delta / 2;
  delta += delta / count;
  std::uint64_t k = 0;
  for (; delta > (base - t_min) * t_max / 2; k += base) delta /= base - t_min;
  return k + (base - t_min + 1) * delta / (delta + skew);
}

std::uint64_t threshold(std::uint64_t k, std::uint64_t bias) {
  return k <= bias ? t_min : std::min(k - bias, t_max);
}

char digit(std::uint64_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

std::uint64_t value_of(char c) {
  if (c >= 'a' && c <= 'z') return static_cast<std::uint64_t>(c - 'a');
  if (c >= '0' && c <= '9') return static_cast<std::uint64_t>(c - '0' + 26);
  return base;
}

void append_delta(std::string& out, std::uint64_t delta, std::uint64_t bias) {
  for (std::uint64_t k = base;; k += base) {
    const auto t = threshold(k, bias);
    if (delta < t) break;
    out += digit(t + (delta - t) % (base - t));
    delta = (delta - t) / (base - t);
  }
  out += digit(delta);
}

}  // namespace

std::string punycode_encode(CodePointsView label) {
  std::string out;
  for (char32_t c : label) {
    if (c < 0x80) out += static_cast<char>(c);
  }
  const std::uint64_t basic = out.size();
  std::uint64_t handled = basic;
  if (basic > 0) out += '-';

  std::uint64_t n = initial_n;
  std::uint64_t delta = 0;
  std::uint64_t bias = initial_bias;
  while (handled < label.size()) {
    std::uint64_t next = code_point_max;
    for (char32_t c : label) {
      if (c >= n) next = std::min<std::uint64_t>(next, c);
    }
    delta += (next - n) * (handled + 1);
    n = next;
    for (char32_t c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      append_delta(out, delta, bias);
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++n;
  }
  return out;
}

std::optional<CodePoints> punycode_decode(std::string_view text) {
  CodePoints out;
  const auto hyphen = text.rfind('-');
  if (hyphen != text.npos) {
    out.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(hyphen));
    text.remove_prefix(hyphen + 1);
  }
  std::uint64_t n = initial_n;
  std::uint64_t i = 0;
  std::uint64_t bias = initial_bias;
  bool first = true;
  while (!text.empty()) {
    const std::uint64_t before = i;
    std::uint64_t weight = 1;
    for (std::uint64_t k = base;; k += base) {
      if (text.empty()) return std::nullopt;
      const auto value = value_of(text.front());
      text.remove_prefix(1);
      if (value == base) return std::nullopt;
      i += value * weight;
      const auto t = threshold(k, bias);
      if (value < t) break;
      if (i > (code_point_max + 1) * (out.size() + 1))
        return std::nullopt;  // beyond Unicode already
      weight *= base - t;
    }
    const std::uint64_t size = out.size() + 1;
    bias = adapt(i - before, size, std::exchange(first, false));
    n += i / size;
    i %= size;
    if (n > code_point_max) return std::nullopt;
    out.insert(static_cast<std::size_t>(i), 1, static_cast<char32_t>(n));
    ++i;
  }
  return out;
}

}  // namespace plinth::formats
