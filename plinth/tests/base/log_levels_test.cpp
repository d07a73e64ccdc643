#include "base/log_levels.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "base/clock.hpp"

using namespace plinth;
using base::Level;
using base::log_enabled;

namespace {

// The levels as at the start, before and after.
struct Levels {
  Levels() { reset(); }
  Levels(const Levels&) = delete;
  Levels& operator=(const Levels&) = delete;
  ~Levels() { reset(); }
  static void reset() {
    ask({});
    base::take_heard_request();
    base::set_logger_levels({});
    base::set_log_level(Level::info);
  }
  static void ask(const base::LogLevelRequest& request) {
    CHECK(base::apply_log_level_request(base::encode(request), 7, 1000));
  }
};

struct FrozenClock {
  FrozenClock() { base::freeze_clock(1'700'000'000'000'000); }
  FrozenClock(const FrozenClock&) = delete;
  FrozenClock& operator=(const FrozenClock&) = delete;
  ~FrozenClock() { base::release_clock(); }
};

struct Lines final : base::LogSink {
  Lines() : previous(base::set_log_sink(this)) {}
  ~Lines() override { base::set_log_sink(previous); }
  void write(const base::LogRecord& record) noexcept override {
    std::string line(record.message);
    for (const auto& field : record.fields) {
      line.append(" ").append(field.name).append("=");
      if (const auto* text = std::get_if<std::string_view>(&field.value)) line += *text;
      if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        line += std::to_string(*number);
      }
    }
    all.push_back(line);
  }
  base::LogSink* previous;
  std::vector<std::string> all;
};

}  // namespace

TEST_CASE("the longest name that is known decides") {
  const Levels levels;
  constexpr std::array<base::LoggerLevel, 2> given = {
      {{"plinth.db", Level::debug}, {"plinth.db.pool", Level::error}}};
  base::set_logger_levels(given);
  CHECK(log_enabled(Level::debug, "plinth.db"));
  CHECK(log_enabled(Level::debug, "plinth.db.query"));
  CHECK_FALSE(log_enabled(Level::warning, "plinth.db.pool"));
  CHECK(log_enabled(Level::error, "plinth.db.pool.wait"));
  CHECK_FALSE(log_enabled(Level::debug, "plinth"));
  CHECK_FALSE(log_enabled(Level::debug, "plinth.dbx"));
  CHECK(log_enabled(Level::info, "plinth.dbx"));
  CHECK(log_enabled(Level::debug));  // of some logger

  base::set_logger_levels({});
  CHECK_FALSE(log_enabled(Level::debug, "plinth.db"));
  CHECK_FALSE(log_enabled(Level::debug));
}

TEST_CASE("a logger that is told to be quiet is so below the level of all") {
  const Levels levels;
  constexpr std::array<base::LoggerLevel, 1> given = {{{"plinth.access", Level::error}}};
  base::set_logger_levels(given);
  base::set_log_level(Level::debug);
  CHECK_FALSE(log_enabled(Level::warning, "plinth.access"));
  CHECK(log_enabled(Level::debug, "app"));
}

TEST_CASE("what was asked at run time stands before what was configured, until it is taken back") {
  const Levels levels;
  constexpr std::array<base::LoggerLevel, 1> given = {{{"plinth.db", Level::warning}}};
  base::set_logger_levels(given);
  Levels::ask({.level = Level::debug});
  CHECK(log_enabled(Level::debug, "app"));
  CHECK_FALSE(log_enabled(Level::info, "plinth.db"));  // its own level is nearer
  Levels::ask({.logger = "plinth.db", .level = Level::debug});
  CHECK(log_enabled(Level::debug, "plinth.db"));
  Levels::ask({.logger = "plinth.db", .level = Level::error});
  CHECK_FALSE(log_enabled(Level::warning, "plinth.db"));

  Levels::ask({.logger = "plinth.db"});  // as configured
  CHECK(log_enabled(Level::warning, "plinth.db"));
  CHECK_FALSE(log_enabled(Level::info, "plinth.db"));
  CHECK(log_enabled(Level::debug, "app"));
  Levels::ask({});
  CHECK_FALSE(log_enabled(Level::debug, "app"));
  CHECK(log_enabled(Level::info, "app"));
}

TEST_CASE("a level that was asked for a while ends by itself, up or down") {
  const Levels levels;
  const FrozenClock clock;
  Levels::ask({.level = Level::debug, .seconds = 600});
  Levels::ask({.logger = "app", .level = Level::critical, .seconds = 60});
  CHECK(log_enabled(Level::debug, "plinth"));
  CHECK_FALSE(log_enabled(Level::error, "app"));
  base::advance_clock(61'000'000);
  CHECK(log_enabled(Level::debug, "app"));
  base::advance_clock(540'000'000);
  CHECK_FALSE(log_enabled(Level::debug, "plinth"));
  CHECK(log_enabled(Level::info, "plinth"));
}

TEST_CASE("a full table takes no more, and forgets what has ended") {
  const Levels levels;
  const FrozenClock clock;
  for (int i = 0; i < 16; ++i) {
    Levels::ask({.logger = "l" + std::to_string(i), .level = Level::debug, .seconds = 60});
  }
  Levels::ask({.logger = "one.more", .level = Level::debug});
  CHECK_FALSE(log_enabled(Level::debug, "one.more"));
  base::advance_clock(61'000'000);
  Levels::ask({.logger = "one.more", .level = Level::debug});
  CHECK(log_enabled(Level::debug, "one.more"));
}

TEST_CASE("a word that is no request changes nothing") {
  const Levels levels;
  CHECK_FALSE(base::apply_log_level_request(0, 1, 1));
  CHECK_FALSE(base::apply_log_level_request(1, 1, 1));
  CHECK_FALSE(base::apply_log_level_request(~std::uint64_t{0}, 1, 1));
  const auto word = base::encode({.level = Level::debug});
  CHECK_FALSE(base::apply_log_level_request(word ^ std::uint64_t{1} << 63, 1, 1));
  CHECK_FALSE(base::apply_log_level_request(word | std::uint64_t{5} << 32, 1, 1));  // no level
  CHECK_FALSE(log_enabled(Level::debug));
  CHECK(base::take_heard_request().word == 0);
}

TEST_CASE("a signal brings a request, and the next line says by whom") {
  const Levels levels;
  Lines lines;
  base::hear_log_level_signal();
  const auto word = base::encode({.level = Level::debug, .seconds = 90});
  REQUIRE(base::send_log_level_request(::getpid(), word));
  CHECK(log_enabled(Level::debug, "app"));
  base::log(Level::info, "next");
  REQUIRE(lines.all.size() == 2);
  CHECK(lines.all[0] == "the log level was changed changed_to=DEBUG of=all seconds=90 sender_pid=" +
                            std::to_string(::getpid()) +
                            " sender_uid=" + std::to_string(::getuid()));
  CHECK(lines.all[1] == "next");

  // Another signal of that number is none.
  ::kill(::getpid(), base::log_level_signal());
  base::log(Level::debug, "still");
  CHECK(lines.all.size() == 3);
}

TEST_CASE("what was asked is passed on, with the time that is left") {
  const Levels levels;
  const FrozenClock clock;
  base::hear_log_level_signal();
  Levels::ask({.logger = "app", .level = Level::debug, .seconds = 100});
  base::advance_clock(30'000'000);
  base::take_heard_request();
  base::pass_on_log_levels(::getpid());
  const auto heard = base::take_heard_request();
  CHECK(heard.level() == "DEBUG");
  CHECK(heard.seconds() == 70);
  CHECK_FALSE(heard.is_for_all());
}
