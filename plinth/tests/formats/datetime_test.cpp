#include "formats/datetime.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "base/clock.hpp"
#include "formats/calendar.hpp"
#include "plinth/chrono.hpp"

using namespace plinth;
using namespace plinth::formats;

TEST_CASE("days and civil dates are each other's inverse over all years") {
  std::int64_t expected = days_from_civil({-1, 1, 1});
  for (int year = -1; year <= 10'000; ++year) {
    for (int month = 1; month <= 12; ++month) {
      const CivilDate first{year, month, 1};
      CHECK(days_from_civil(first) == expected);
      const auto back = civil_from_days(expected + days_in_month(year, month) - 1);
      CHECK((back.year == year && back.month == month && back.day == days_in_month(year, month)));
      expected += days_in_month(year, month);
    }
  }
  CHECK(days_from_civil({1970, 1, 1}) == 0);
  CHECK(days_from_civil({2000, 3, 1}) == 11'017);
}

TEST_CASE("an instant keeps the offset it was written with") {
  const auto paris = DateTime::parse("2026-11-22T15:49:05.5+01:00");
  REQUIRE(paris);
  CHECK(paris->offset_seconds == 3600);
  CHECK_FALSE(paris->naive);
  CHECK(paris->iso() == "2026-11-22T15:49:05.500000+01:00");
  CHECK(*paris == *DateTime::parse("2026-11-22T14:49:05.5Z"));
  CHECK(*paris < *DateTime::parse("2026-11-22T14:49:06Z"));
  CHECK_FALSE(*paris == *DateTime::parse("2026-11-22T14:49:05.5"));
  CHECK_FALSE(DateTime::parse("yesterday"));
}

TEST_CASE("UTC is Z for pydantic and +00:00 for Python's isoformat") {
  const auto value = *DateTime::parse("2026-11-22T14:49:05Z");
  CHECK(value.iso() == "2026-11-22T14:49:05Z");
  CHECK(python_iso(value) == "2026-11-22T14:49:05+00:00");
  CHECK(python_iso(*DateTime::parse("2026-11-22T14:49:05")) == "2026-11-22T14:49:05");
  CHECK(python_iso(*time_from_text("14:49:05.25Z")) == "14:49:05.250000+00:00");
  CHECK(python_iso(*time_from_text("14:49-03:30")) == "14:49:00-03:30");
}

TEST_CASE("a negative fraction of a Unix time lies before its second") {
  CHECK(datetime_from_number(-0.1)->iso() == "1969-12-31T23:59:59.900000Z");
  CHECK(datetime_from_text("-0.1")->iso() == "1969-12-31T23:59:59.900000Z");
}

TEST_CASE("numbers that are no times are refused, not wrapped") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(datetime_from_number(nan).problem.message ==
        "Input should be a valid datetime, NaN values not permitted");
  CHECK(date_from_number(nan).problem.type == "date_from_datetime_parsing");
  CHECK(time_from_number(nan).problem.ctx == R"({"error":"NaN values not permitted"})");
  CHECK(duration_from_number(nan).problem.type == "time_delta_parsing");
  for (double value : {infinity, -infinity, 1e300, -1e300}) {
    CHECK_FALSE(datetime_from_number(value));
    CHECK_FALSE(date_from_number(value));
    CHECK_FALSE(time_from_number(value));
    CHECK_FALSE(duration_from_number(value));
  }
  for (std::int64_t value : {INT64_MIN, INT64_MAX}) {
    CHECK_FALSE(datetime_from_integer(value));
    CHECK_FALSE(date_from_integer(value));
    CHECK_FALSE(time_from_integer(value));
    CHECK_FALSE(duration_from_integer(value));
  }
}

TEST_CASE("durations hold 292,000 years, longer ones are refused") {
  CHECK(duration_from_text("P106751989DT23H59M59.999999S")->iso() ==
        "P292471Y74DT23H59M59.999999S");
  CHECK(duration_from_text("P106751991D").problem.ctx ==
        R"({"error":"durations may not exceed 106,751,990 days"})");
  CHECK(Duration{std::numeric_limits<std::int64_t>::min()}.iso() == "-P292471Y76DT4H54.775808S");
  CHECK(total_seconds(Duration{-1'500'000}) == -1.5);
}

TEST_CASE("now is what the clock says, also when a test stops it") {
  base::freeze_clock(1'795'358'945'514'340);
  CHECK(DateTime::now().iso() == "2026-11-22T14:49:05.514340Z");
  CHECK(unix_now().count == 1'795'358'945);
  base::freeze_clock(-1);
  CHECK(unix_now().count == -1);
  base::release_clock();
  CHECK(DateTime::now() > *DateTime::parse("2024-01-01T00:00:00Z"));
}

TEST_CASE("values convert to std::chrono and back") {
  using namespace std::chrono;
  const auto value = *DateTime::parse("2026-11-22T15:49:05.5+01:00");
  CHECK(to_chrono(value) == sys_days{2026y / 11 / 22} + 14h + 49min + 5s + 500ms);
  CHECK(from_chrono(to_chrono(value)) == value);
  CHECK(to_chrono(*date_from_text("2024-02-29")) == 2024y / 2 / 29);
  CHECK(from_chrono(2024y / 2 / 29).iso() == "2024-02-29");
  CHECK(to_chrono(Duration{1'500'000}) == 1500ms);
  CHECK(from_chrono(90min).iso() == "PT1H30M");
  CHECK(to_chrono(Seconds{90}) == 90s);
}
