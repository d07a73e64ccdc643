// Schemas by chance, the same for the same seed: tables, types, defaults, constraints, indexes.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "plinth/detail/ddl.hpp"

namespace random_schema {

using Schema = std::vector<plinth::sa::Table>;

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  /// Names come from a small pool, so that two schemas have much in common and much not.
  Schema schema();
  /// The schema with changes that rows of any kind survive.
  Schema gently_changed(Schema schema);

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <class Pool>
  auto pick(const Pool& pool) {
    return pool[below(std::size(pool))];
  }

  plinth::sa::Type type();
  std::string value_for(const plinth::sa::Type& type);
  std::string check_for(const plinth::sa::Column& column);
  plinth::sa::Table table(const std::string& name);
  void add_column(plinth::sa::Table& table, const std::string& name);
  void add_constraints(plinth::sa::Table& table);
  void add_index(plinth::sa::Table& table, const std::string& name);
  void add_foreign_keys(Schema& schema);
  void change_gently(plinth::sa::Table& table);

  std::mt19937_64 random_;
  std::vector<plinth::sa::Type> enums_;
};

}  // namespace random_schema
