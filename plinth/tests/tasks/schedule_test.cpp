#include "plinth/schedule.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "recorded.hpp"

using namespace plinth;

namespace {

DateTime at(std::string_view text) { return DateTime::parse(text).value(); }

std::string refusal(const CrontabOptions& fields) {
  try {
    crontab(fields);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("what is due, and when, is what Celery 5.2.6 says") {
  const auto lines = tasks_test::recorded("celery_crontabs.jsonl");
  CHECK(lines.size() > 600);
  std::size_t due = 0;
  for (const auto& line : lines) {
    const CrontabOptions fields{.minute = line["minute"].str(),
                                .hour = line["hour"].str(),
                                .day_of_week = line["day_of_week"].str(),
                                .day_of_month = line["day_of_month"].str(),
                                .month_of_year = line["month_of_year"].str(),
                                .timezone = line["timezone"].str()};
    const auto schedule = crontab(fields);
    CAPTURE(line.dump());
    const auto is_due = schedule.is_due({line["last"].integer()}, {line["now"].integer()});
    CHECK(is_due.due == line["due"].boolean());
    CHECK(is_due.seconds == doctest::Approx(line["seconds"].number()).epsilon(1e-9));
    const auto& text = line["text"].str();
    CHECK(schedule.text().starts_with(text.substr(0, text.size() - 1)));
    due += is_due.due ? 1 : 0;
  }
  CHECK(due > 100);
}

TEST_CASE("the next run is the first instant that is due") {
  const auto lines = tasks_test::recorded("celery_crontabs.jsonl");
  for (const auto& line : lines) {
    const auto schedule = crontab({.minute = line["minute"].str(),
                                   .hour = line["hour"].str(),
                                   .day_of_week = line["day_of_week"].str(),
                                   .day_of_month = line["day_of_month"].str(),
                                   .month_of_year = line["month_of_year"].str(),
                                   .timezone = line["timezone"].str()});
    const DateTime last{line["last"].integer()};
    const auto next = schedule.next_run(last);
    CAPTURE(line.dump());
    CHECK(next > last);
    CHECK(schedule.is_due(last, next).due);
    const DateTime before{next.microseconds - 1};
    if (before > last) CHECK_FALSE(schedule.is_due(last, before).due);
  }
}

TEST_CASE("a run in the hour that is left out is at its end, once") {
  const auto daily = crontab({.minute = "30", .hour = "2", .timezone = "Europe/Berlin"});
  const auto next = daily.next_run(at("2026-03-28T02:30:00+01:00"));
  CHECK(next == at("2026-03-29T03:00:00+02:00"));
  CHECK(daily.next_run(next) == at("2026-03-30T02:30:00+02:00"));
}

TEST_CASE("a run in the hour that is twice there is in the first, once") {
  const auto daily = crontab({.minute = "30", .hour = "2", .timezone = "Europe/Berlin"});
  const auto next = daily.next_run(at("2026-10-24T02:30:00+02:00"));
  CHECK(next == at("2026-10-25T02:30:00+02:00"));
  CHECK(daily.next_run(next) == at("2026-10-26T02:30:00+01:00"));
}

TEST_CASE("an interval follows the last run") {
  const auto schedule = every(30);
  const auto last = at("2026-01-01T00:00:00Z");
  CHECK(schedule.next_run(last) == at("2026-01-01T00:00:30Z"));
  CHECK_FALSE(schedule.is_due(last, at("2026-01-01T00:00:29.5Z")).due);
  CHECK(schedule.is_due(last, at("2026-01-01T00:00:29.5Z")).seconds == 0.5);
  CHECK(schedule.is_due(last, at("2026-01-01T00:00:30Z")).due);
  CHECK(schedule.is_due(last, at("2026-01-01T07:00:00Z")).seconds == 30);
  CHECK(schedule.text() == "<freq: 30.00 seconds>");
  CHECK(every(60).text() == "<freq: 1.00 minute>");
  CHECK_THROWS_WITH(every(0), "every(0.000000): write seconds, at least 0.001");
}

TEST_CASE("a crontab without a time zone is in that of who asks") {
  const auto schedule = crontab({.minute = "0", .hour = "7"});
  const auto last = at("2026-07-01T07:30:00Z");
  CHECK(schedule.next_run(last) == at("2026-07-02T07:00:00Z"));
  CHECK(schedule.next_run(last, "Europe/Berlin") == at("2026-07-02T05:00:00Z"));
  CHECK(schedule.is_due(last, at("2026-07-02T05:00:00Z"), "Europe/Berlin").due);
  const auto own = crontab({.minute = "0", .hour = "7", .timezone = "UTC"});
  CHECK(own.next_run(last, "Europe/Berlin") == at("2026-07-02T07:00:00Z"));
}

TEST_CASE("schedules are equal when their words are") {
  CHECK(crontab({.minute = "0"}) == crontab({.minute = "0"}));
  CHECK_FALSE(crontab({.minute = "0"}) == crontab({.minute = "0", .timezone = "Asia/Kolkata"}));
  CHECK_FALSE(every(1) == every(2));
}

TEST_CASE("days may be named, and spaces stand after commas") {
  const auto next = [](const char* days) {
    return crontab({.minute = "0", .hour = "7", .day_of_week = days})
        .next_run(at("2026-11-26T08:00:00Z"));  // a Thursday
  };
  CHECK(next("Monday") == at("2026-11-30T07:00:00Z"));
  CHECK(next("sun, fri") == at("2026-11-27T07:00:00Z"));
  CHECK(next("0") == at("2026-11-29T07:00:00Z"));
}

TEST_CASE("a field that cannot be says which, and what can") {
  CHECK(refusal({.minute = "60"}) ==
        "crontab minute \"60\": the number 60 cannot stand there; write \"*\", numbers from 0 to "
        "59, ranges as \"1-3\", steps as \"*/2\", or several with commas");
  CHECK(refusal({.day_of_week = "mon,xyz"})
            .starts_with("crontab day_of_week \"mon,xyz\": \"xyz\" cannot stand there; write "
                         "\"*\", numbers from 0 "
                         "to 6 (Sunday is 0), days as \"mon\""));
  for (const char* text : {"", ",", "1,", "-5", "1-", "*/0", "*/", "*/x", "5/2", "1-5x", "* ", "**",
                           "24", "mon", "1--2", "4294967297"}) {
    CAPTURE(text);
    CHECK((refusal({.hour = text}).starts_with("crontab hour \"") || text == std::string("* ")));
  }
  CHECK(refusal({.day_of_month = "0"}).starts_with("crontab day_of_month \"0\": the number 0"));
  CHECK(refusal({.day_of_month = "30,31", .month_of_year = "2"})
            .starts_with("crontab day_of_month \"30,31\", month_of_year \"2\": no year"));
  CHECK(
      refusal({.timezone = "Europe/Berln"}).starts_with("timezone \"Europe/Berln\" is not known"));
  CHECK(refusal({.timezone = "nowhere"}).starts_with("timezone \"nowhere\" is"));
}
