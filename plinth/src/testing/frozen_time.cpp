#include <stdexcept>

#include "base/clock.hpp"
#include "plinth/datetime.hpp"
#include "plinth/testing.hpp"

namespace plinth {

FrozenTime::FrozenTime(std::int64_t microseconds) { base::freeze_clock(microseconds); }
FrozenTime::~FrozenTime() { base::release_clock(); }

void FrozenTime::advance_seconds(std::int64_t seconds) {
  advance_microseconds(seconds * 1'000'000);
}
void FrozenTime::advance_microseconds(std::int64_t microseconds) {
  base::advance_clock(microseconds);
}

FrozenTime freeze_time(std::string_view iso) {
  auto at = DateTime::parse(iso);
  if (!at) throw std::invalid_argument("freeze_time: no date and time: " + std::string(iso));
  return FrozenTime(at->microseconds);
}

}  // namespace plinth
