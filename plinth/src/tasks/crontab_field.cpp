#include "tasks/crontab_field.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <stdexcept>
#include <string>
#include <vector>

namespace plinth::tasks {

namespace {

constexpr std::array<std::string_view, 7> weekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                      "thursday", "friday", "saturday"};

class FieldParser {
 public:
  FieldParser(const FieldKind& kind, std::string_view text) : kind_(kind), text_(text) {}

  NumberSet run() const {
    NumberSet set = 0;
    for (std::size_t start = 0; start <= text_.size();) {
      const auto comma = std::min(text_.find(',', start), text_.size());
      for (int number : part(trimmed(text_.substr(start, comma - start)))) {
        set |= NumberSet{1} << number;
      }
      start = comma + 1;
    }
    return set;
  }

 private:
  static std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
  }

  // "*", "5", "5-7", "*/2" or "5-7/2". A step counts along the range, also where it wraps.
  std::vector<int> part(std::string_view text) const {
    if (text.empty()) refuse("an empty part");
    const auto slash = text.find('/');
    const auto range = text.substr(0, slash);
    const auto dash = range.find('-', 1);
    std::vector<int> numbers;
    if (range == "*") {
      numbers = from_to(kind_.min, kind_.max);
    } else if (dash != range.npos) {
      numbers = from_to(number(range.substr(0, dash)), number(range.substr(dash + 1)));
    } else if (slash == text.npos) {
      numbers = {number(range)};
    } else {
      refuse("a step behind a single number");
    }
    if (slash == text.npos) return numbers;
    const auto step = static_cast<std::size_t>(step_of(text.substr(slash + 1)));
    std::vector<int> stepped;
    for (std::size_t i = 0; i < numbers.size(); i += step) stepped.push_back(numbers[i]);
    return stepped;
  }

  std::vector<int> from_to(int first, int last) const {
    std::vector<int> numbers;
    for (int i = first; i <= (last < first ? kind_.max : last); ++i) numbers.push_back(i);
    for (int i = kind_.min; last < first && i <= last; ++i) numbers.push_back(i);
    return numbers;
  }

  int number(std::string_view text) const {
    int value = 0;
    if (!read(text, value)) value = weekday(text);
    if (value < kind_.min || value > kind_.max) refuse("the number " + std::string(text));
    return value;
  }

  int step_of(std::string_view text) const {
    int step = 0;
    if (!read(text, step) || step < 1) refuse("the step \"" + std::string(text) + "\"");
    return step;
  }

  static bool read(std::string_view text, int& value) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.starts_with('-');
  }

  // Celery looks at three letters; more of them must spell the day.
  int weekday(std::string_view text) const {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    constexpr std::size_t letters_min = 3;
    for (std::size_t day = 0; kind_.weekdays && day < weekdays.size(); ++day) {
      if (lower.size() >= letters_min && weekdays[day].starts_with(lower)) {
        return static_cast<int>(day);
      }
    }
    refuse("\"" + std::string(text) + "\"");
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw std::invalid_argument(
        "crontab " + std::string(kind_.name) + " \"" + std::string(text_) + "\": " + what +
        " cannot stand there; write \"*\", numbers from " + std::to_string(kind_.min) + " to " +
        std::to_string(kind_.max) + (kind_.weekdays ? " (Sunday is 0), days as \"mon\"" : "") +
        ", ranges as \"" + std::to_string(kind_.min + 1) + "-" + std::to_string(kind_.min + 3) +
        "\", steps as \"*/2\", or several with commas");
  }

  const FieldKind& kind_;
  std::string_view text_;
};

}  // namespace

int next_member(NumberSet set, int number) {
  constexpr int bits = 64;
  if (number >= bits - 1) return -1;
  const NumberSet above = set & (~NumberSet{0} << (number + 1));
  return above == 0 ? -1 : std::countr_zero(above);
}

NumberSet parse_crontab_field(const FieldKind& kind, std::string_view text) {
  return FieldParser(kind, text).run();
}

}  // namespace plinth::tasks
