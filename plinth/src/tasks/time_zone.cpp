#include "tasks/time_zone.hpp"

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/tztrans.h>
#include <unicode/unistr.h>

#include <stdexcept>
#include <utility>

namespace plinth::tasks {

namespace {

constexpr double ms_per_second = 1000;

double to_icu(std::int64_t seconds) { return static_cast<double>(seconds) * ms_per_second; }
std::int64_t from_icu(double milliseconds) {
  return static_cast<std::int64_t>(milliseconds / ms_per_second);
}

}  // namespace

struct TimeZone::Data {
  std::unique_ptr<icu::BasicTimeZone> zone;

  std::int64_t offset(std::int64_t utc) const {
    std::int32_t raw = 0;
    std::int32_t saving = 0;
    UErrorCode error = U_ZERO_ERROR;
    zone->getOffset(to_icu(utc), false, raw, saving, error);
    return from_icu(raw + saving);
  }

  // The offset of that reading; `which` of the two where it is read twice or never.
  std::int64_t offset_of(std::int64_t wall, UTimeZoneLocalOption which) const {
    std::int32_t raw = 0;
    std::int32_t saving = 0;
    UErrorCode error = U_ZERO_ERROR;
    zone->getOffsetFromLocal(to_icu(wall), which, which, raw, saving, error);
    return from_icu(raw + saving);
  }

  std::int64_t transition_until(std::int64_t utc) const {
    icu::TimeZoneTransition transition;
    if (!zone->getPreviousTransition(to_icu(utc), true, transition)) return utc;
    return from_icu(transition.getTime());
  }
};

TimeZone::TimeZone(const std::string& name) {
  if (name == "UTC") return;
  std::unique_ptr<icu::TimeZone> zone(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
  auto* basic = dynamic_cast<icu::BasicTimeZone*>(zone.get());
  // ICU also takes "GMT+2" and makes UTC of what it does not know.
  icu::UnicodeString canonical;
  UErrorCode error = U_ZERO_ERROR;
  icu::TimeZone::getCanonicalID(icu::UnicodeString::fromUTF8(name), canonical, error);
  if (basic == nullptr || U_FAILURE(error) || *zone == icu::TimeZone::getUnknown()) {
    throw std::invalid_argument("timezone \"" + name +
                                "\" is not known; write a name of the IANA database, such as "
                                "\"UTC\" or \"Europe/Berlin\"");
  }
  static_cast<void>(zone.release());
  data_ = std::make_unique<Data>(Data{std::unique_ptr<icu::BasicTimeZone>(basic)});
}

TimeZone::TimeZone(TimeZone&&) noexcept = default;
TimeZone& TimeZone::operator=(TimeZone&&) noexcept = default;
TimeZone::~TimeZone() = default;

std::int64_t TimeZone::wall(std::int64_t utc) const {
  return data_ ? utc + data_->offset(utc) : utc;
}

std::int64_t TimeZone::first_at(std::int64_t wall, std::int64_t after) const {
  if (!data_) return wall;
  const std::int64_t first = wall - data_->offset_of(wall, UCAL_TZ_LOCAL_FORMER);
  if (data_->offset(first) + first != wall) return data_->transition_until(first);
  if (first > after) return first;
  return wall - data_->offset_of(wall, UCAL_TZ_LOCAL_LATTER);
}

}  // namespace plinth::tasks
