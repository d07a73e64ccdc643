// The statements that one connection has prepared; the least recently used goes first.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plinth/detail/table.hpp"

namespace plinth::db {

struct PostgresqlStatement {
  std::string name;
  std::vector<Oid> types;
  bool valid = false;  // sent to the server, and not known to have failed
  std::uint64_t used = 0;
};

/// Keyed by SQL and the types of its parameters; a NULL fits any type.
class PostgresqlStatements {
 public:
  /// A new one is not valid.
  std::shared_ptr<PostgresqlStatement> get(std::string_view sql, std::span<const Value> parameters);
  std::string next_name() { return "plinth_" + std::to_string(++made_); }
  /// When there are too many: forgets one, and returns its name to be closed at the server.
  std::string evict();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Variants = std::vector<std::shared_ptr<PostgresqlStatement>>;

  std::unordered_map<std::string, Variants, Hash, std::equal_to<>> by_sql_;
  std::size_t size_ = 0;
  std::uint64_t made_ = 0;
  std::uint64_t uses_ = 0;
};

}  // namespace plinth::db
