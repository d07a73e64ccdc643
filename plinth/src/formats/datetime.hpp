// Dates, times and durations from and to text, by pydantic's lax grammar.
//
// Source: pydantic 2.13, speedate 0.17. Text: ISO 8601 with 'T', 't', ' ' or '_' between date and
// time, fractions cut after six digits, offsets "Z", "+02:00", "+0200". Numbers: Unix time, in
// milliseconds where it is beyond ±2e10, always UTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "formats/problem.hpp"
#include "plinth/datetime.hpp"

namespace plinth::formats {

Parsed<DateTime> datetime_from_text(std::string_view text);
Parsed<DateTime> datetime_from_integer(std::int64_t timestamp);
Parsed<DateTime> datetime_from_number(double timestamp);

/// Also of a date and time at midnight.
Parsed<Date> date_from_text(std::string_view text);
Parsed<Date> date_from_integer(std::int64_t timestamp);
Parsed<Date> date_from_number(double timestamp);

Parsed<Time> time_from_text(std::string_view text);
/// Seconds since midnight, in UTC.
Parsed<Time> time_from_integer(std::int64_t seconds);
Parsed<Time> time_from_number(double seconds);

/// "P1DT2H3.5S", "HH:MM[:SS[.f]]", "2 days, 12:00:00", each with an optional sign.
Parsed<Duration> duration_from_text(std::string_view text);
Parsed<Duration> duration_from_integer(std::int64_t seconds);
Parsed<Duration> duration_from_number(double seconds);

// As Python's isoformat() writes them: "+00:00" for UTC. What the iso() members write is pydantic's
// way: "Z".
std::string python_iso(const DateTime& value);
std::string python_iso(const Time& value);
/// timedelta.total_seconds()
double total_seconds(const Duration& value);

}  // namespace plinth::formats
