#include "db/statement_watch.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/log_levels.hpp"
#include "base/monotonic.hpp"
#include "base/process_metrics.hpp"
#include "base/trace.hpp"
#include "db/statement_span.hpp"

namespace plinth::db {
namespace {

constexpr std::string_view logger = "plinth.db";

// Commands that went out together and came back together: PostgreSQL answers at the Sync, so that
// nobody here knows which of them took long.
struct Exchange {
  std::span<const Command> commands;
  std::int64_t started_us;  // 0: it has not begun
  std::int64_t ended_us;    // 0: it has not ended
};

double in_ms(std::int64_t microseconds) {
  return std::round(static_cast<double>(microseconds)) / 1000;
}

std::string_view text_of(const Command& command) {
  switch (command.kind) {
    case Command::Kind::begin:
      return "BEGIN";
    case Command::Kind::commit:
      return "COMMIT";
    case Command::Kind::rollback:
      return "ROLLBACK";
    case Command::Kind::fetch:
      return command.statement.sql.empty() ? "FETCH" : std::string_view(command.statement.sql);
    default:
      return command.statement.sql;
  }
}

std::int64_t rows_of(const Command& command) {
  if (command.rowcount > 0 || !command.sink) return command.rowcount;
  return static_cast<std::int64_t>(command.sink->size());
}

Exchange next_exchange(std::span<const Command> commands) {
  const auto started = commands.front().times.started();
  std::size_t count = 1;
  while (count < commands.size() && commands[count].times.started() == started) ++count;
  const auto taken = commands.first(count);
  return {.commands = taken, .started_us = started, .ended_us = taken.back().times.ended()};
}

void write_line(const Exchange& exchange, logging::Level level, std::string_view message,
                std::int64_t duration_us, std::int64_t waited_us) {
  std::string sql;
  std::int64_t rows = 0;
  std::uint32_t together = 0;
  for (const Command& command : exchange.commands) {
    sql.append(sql.empty() ? "" : "; ").append(text_of(command));
    if (exchange.ended_us == 0) continue;  // a driver's thread may be counting
    rows += rows_of(command);
    together = std::max(together, command.times.together);
  }
  std::vector<logging::Field> fields{{"duration_ms", in_ms(duration_us)},
                                     {"wait_ms", in_ms(waited_us)},
                                     {"statement", std::string_view(sql)}};
  if (exchange.ended_us != 0) {
    fields.emplace_back("rows", rows);
  } else {
    fields.emplace_back("unfinished", true);
  }
  // Others' statements were in the same exchange, and one of them may have been the slow one.
  if (together > exchange.commands.size()) fields.emplace_back("pipelined", together);
  base::log({.level = level, .message = message, .fields = fields, .logger = logger});
}

void look_at(const Exchange& exchange, std::int64_t asked_us, std::int64_t now_us) {
  const auto began_us = exchange.started_us == 0 ? now_us : exchange.started_us;
  const auto ended_us = exchange.ended_us == 0 ? now_us : exchange.ended_us;
  const auto waited_us = std::max<std::int64_t>(0, began_us - asked_us);
  const auto duration_us = std::max<std::int64_t>(0, ended_us - began_us);
  const auto limit_us = base::slow_query_us();
  if (limit_us >= 0 && duration_us >= limit_us) {
    write_line(exchange, logging::Level::warning, "slow query", duration_us, waited_us);
  } else if (limit_us >= 0 && waited_us >= limit_us) {
    write_line(exchange, logging::Level::warning, "a query waited long", duration_us, waited_us);
  } else if (base::log_enabled(logging::Level::debug, logger)) {
    write_line(exchange, logging::Level::debug, "query", duration_us, waited_us);
  }
}

}  // namespace

StatementWatch::StatementWatch(Work& work, Dialect dialect)
    : work_(work), dialect_(dialect), context_(base::current_context) {
  work.asked_us = base::monotonic_microseconds();
}

StatementWatch::~StatementWatch() {
  if (work_.commands.empty()) return;
  observe_durations();
  const bool says = base::slow_query_us() >= 0 || base::log_enabled(logging::Level::debug, logger);
  const bool traces = context_ && context_->trail && context_->trail->recording;
  if (!says && !traces) return;
  const base::ContextScope scope(context_);
  try {
    const auto now_us = base::monotonic_microseconds();
    if (says) say_slow_ones(now_us);
    if (traces) leave_spans(now_us);
  } catch (...) {  // out of memory: neither a log line nor a span is worth the request
  }
}

// From asking on: whoever waits does so for the queue, too.
void StatementWatch::observe_durations() const {
  auto& durations = base::process_metrics().db_operation;
  auto asked_us = work_.asked_us;
  for (std::span<const Command> left(work_.commands); !left.empty();) {
    const auto exchange = next_exchange(left);
    left = left.subspan(exchange.commands.size());
    if (exchange.ended_us == 0) continue;
    durations.observe(base::seconds_of(exchange.ended_us - asked_us));
    asked_us = exchange.ended_us;
  }
}

void StatementWatch::say_slow_ones(std::int64_t now_us) const {
  auto asked_us = work_.asked_us;
  for (std::span<const Command> left(work_.commands); !left.empty();) {
    const auto exchange = next_exchange(left);
    left = left.subspan(exchange.commands.size());
    const bool is_skipped = exchange.started_us == 0 && work_.was_begun();
    if (!is_skipped) look_at(exchange, asked_us, now_us);
    if (exchange.ended_us != 0) asked_us = exchange.ended_us;
  }
}

// A cursor's text is taken away by the thread that runs it.
void StatementWatch::leave_spans(std::int64_t now_us) const {
  const auto at = [offset = base::wall_ns() - now_us * 1000](std::int64_t us) {
    return offset + us * 1000;
  };
  for (const Command& command : work_.commands) {
    const auto started_us = command.times.started();
    const auto ended_us = command.times.ended();
    if (ended_us == 0) {
      const bool has_text = command.kind != Command::Kind::fetch;
      const auto since_us = started_us == 0 ? work_.asked_us : started_us;
      leave_unfinished_span(*context_->trail, dialect_, has_text ? text_of(command) : "FETCH",
                            std::uncaught_exceptions() > 0 ? "unavailable" : "cancelled",
                            at(since_us), at(now_us));
      return;
    }
    if (command.skipped) continue;
    leave_span(*context_->trail, dialect_, text_of(command), command, at(started_us), at(ended_us));
    if (command.error) return;  // what is behind it was not begun
  }
}

}  // namespace plinth::db
