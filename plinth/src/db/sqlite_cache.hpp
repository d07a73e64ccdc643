// Prepared statements by their SQL, the last used kept.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace plinth::db {

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using PreparedStatement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class StatementCache {
 public:
  explicit StatementCache(std::size_t limit) : limit_(limit) {}

  /// The statement of that SQL; `prepare(sql)` makes it when it is not there. Valid until the next
  /// call.
  template <class Prepare>
  sqlite3_stmt* get(const std::string& sql, Prepare prepare) {
    if (auto found = by_sql_.find(sql); found != by_sql_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->statement.get();
    }
    PreparedStatement made = prepare(sql);
    if (entries_.size() == limit_) {
      by_sql_.erase(entries_.back().sql);
      entries_.pop_back();
    }
    entries_.push_front({sql, std::move(made)});
    by_sql_.emplace(entries_.front().sql, entries_.begin());
    return entries_.front().statement.get();
  }
  void clear() {
    by_sql_.clear();
    entries_.clear();
  }

 private:
  struct Entry {
    std::string sql;
    PreparedStatement statement;
  };

  std::size_t limit_;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_sql_;
};

}  // namespace plinth::db
