// One field of a crontab: a set of small numbers. Source: celery/schedules.py, crontab_parser.
#pragma once

#include <cstdint>
#include <string_view>

namespace plinth::tasks {

struct FieldKind {
  std::string_view name;  // "minute"
  int min = 0;
  int max = 0;
  bool weekdays = false;  // "mon" and "monday" are numbers, too
};

/// Bit i is number i.
using NumberSet = std::uint64_t;

constexpr bool contains(NumberSet set, int number) { return (set >> number & 1) != 0; }
/// The least member above `number`; -1 when there is none.
int next_member(NumberSet set, int number);

/// throws  std::invalid_argument that names the field, what it has and what may stand there
NumberSet parse_crontab_field(const FieldKind& kind, std::string_view text);

}  // namespace plinth::tasks
