// Civil time in a place, by ICU's data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace plinth::tasks {

/// Thread safety: const methods from any thread.
class TimeZone {
 public:
  /// name    of the IANA database; std::invalid_argument when it is not known
  explicit TimeZone(const std::string& name);
  TimeZone(TimeZone&&) noexcept;
  TimeZone& operator=(TimeZone&&) noexcept;
  ~TimeZone();

  // Times are seconds since 1970: of UTC, or of the reading of a clock on the wall.

  std::int64_t wall(std::int64_t utc) const;
  /// The first time after `after` at which the clock shows `wall` or more. In a gap that is its
  /// end.
  std::int64_t first_at(std::int64_t wall, std::int64_t after) const;

 private:
  struct Data;
  std::unique_ptr<Data> data_;  // null: UTC
};

}  // namespace plinth::tasks
