// Statements that are one transaction and, on PostgreSQL, one round trip.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "db/driver.hpp"
#include "plinth/query.hpp"

namespace plinth::tasks {

class Batch {
 public:
  explicit Batch(Engine& engine) : driver_(engine.driver()) {
    work_->commands.push_back(db::control(db::Command::Kind::begin));
  }

  /// Its place, for rows() and rowcount().
  template <class Q>
  std::size_t add(Q query) {
    auto& command = work_->commands.emplace_back();
    command.statement = db::render(std::move(query).query(), driver_.dialect());
    if constexpr (!std::is_void_v<typename Q::row_type>) {
      command.sink = std::make_unique<detail::Rows<typename Q::row_type>>();
    }
    return work_->commands.size() - 1;
  }
  /// Runs and commits them. Once.
  Task<void> run();

  template <class Row>
  std::vector<Row> rows(std::size_t place) const {
    return std::move(static_cast<detail::Rows<Row>&>(*work_->commands[place].sink).rows);
  }
  std::uint64_t rowcount(std::size_t place) const {
    return static_cast<std::uint64_t>(work_->commands[place].rowcount);
  }

 private:
  db::Driver& driver_;
  std::shared_ptr<db::Work> work_ = std::make_shared<db::Work>();
};

/// Raw SQL with as many parameters as there are.
template <class Row>
TextQuery<Row> raw(std::string sql, std::vector<db::Value> arguments) {
  return TextQuery<Row>(
      {.kind = db::Query::Kind::text, .text = std::move(sql), .arguments = std::move(arguments)});
}

/// `column` is one of a list; the list is one parameter, so that the statement is the same for any
/// length.
std::string is_one_of(db::Dialect dialect, std::string_view column);

/// What a taker adds to a SELECT, so that two of them do not wait for each other.
std::string_view skip_locked(db::Dialect dialect);

}  // namespace plinth::tasks
