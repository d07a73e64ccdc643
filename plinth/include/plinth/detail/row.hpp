// Rows of a result, decoded by a table of cells straight into objects.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/detail/column_ref.hpp"

namespace plinth::db {

/// Where the rows of one statement go. Owned by the work that a driver runs, so that a driver's
/// thread may fill it after its waiter has gone.
class RowSink {
 public:
  virtual ~RowSink() = default;

  /// What a row holds, in the order of the columns. Empty: rows of any shape are welcome.
  virtual std::span<const Cell> cells() const = 0;
  virtual bool wants_names() const { return false; }
  /// Before the first row; also when there is none.
  virtual void begin(std::vector<std::string> /*columns*/) {}
  /// A value for each column, of the kind that its cell asks for; may be moved from.
  virtual void add(std::span<Value> row) = 0;
  virtual std::size_t size() const = 0;
  /// Forgets its rows: the statement is run again.
  virtual void clear() = 0;
};

/// Rows as Values: what raw SQL gives, and what an INSERT returns.
class ValueRows final : public RowSink {
 public:
  ValueRows() = default;
  explicit ValueRows(std::vector<Cell> cells) : cells_(std::move(cells)) {}

  std::span<const Cell> cells() const override { return cells_; }
  bool wants_names() const override { return true; }
  void begin(std::vector<std::string> names) override { columns = std::move(names); }
  void add(std::span<Value> row) override;
  std::size_t size() const override { return rows.size(); }
  void clear() override { rows.clear(); }

  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;

 private:
  std::vector<Cell> cells_;
};

/// Moves `values` into the members of `object` and marks its columns as read from one row. Throws
/// DatabaseError naming table and column when a value does not fit.
void assign_row(std::span<const Cell> cells, std::span<Value> values, void* object);

void append_cells(std::vector<Cell>& cells, const Table& table, std::size_t offset);
/// An INSERT of the first `taken` of `count` objects of one size, `stride` bytes apart: at least
/// one, as many as one statement takes.
Query bulk_query(const Table& table, const void* objects, std::size_t stride, std::size_t count,
                 std::size_t& taken);
/// The columns of `object` that are not absent, for an INSERT.
std::vector<Assignment> given_values(const Table& table, const void* object);

}  // namespace plinth::db

namespace plinth::detail {

template <class T>
inline constexpr bool is_tuple = false;
template <class... T>
inline constexpr bool is_tuple<std::tuple<T...>> = true;

template <class Row>
struct RowShape {
  static Row blank() { return blank_value<Row>(); }
  static void append(std::vector<db::Cell>& cells, std::size_t offset) {
    if constexpr (Model<Row>) {
      db::append_cells(cells, table_of<Row>(), offset);
    } else if constexpr (std::is_class_v<Row> && std::is_aggregate_v<Row> &&
                         leaf_kind<Row> == Kind::none) {
      for (const Member& member : type_of<Row>().members) {
        cells.push_back({.type = member.type,
                         .offset = offset + member.offset,
                         .origin_offset = db::Cell::no_origin,
                         .table = {},
                         .column = member.name});
      }
    } else {
      cells.push_back({.type = &type_of<Row>,
                       .offset = offset,
                       .origin_offset = db::Cell::no_origin,
                       .table = {},
                       .column = {}});
    }
  }
};

// After an outer join: there while it is filled, then gone if all its columns were NULL.
template <Model M>
struct RowShape<std::optional<M>> {
  using Row = std::optional<M>;
  static Row blank() { return Row(blank_value<M>()); }
  static void append(std::vector<db::Cell>& cells, std::size_t offset) {
    Row row = blank();
    const auto inside = reinterpret_cast<const std::byte*>(std::addressof(*row)) -
                        reinterpret_cast<const std::byte*>(&row);
    const auto first = cells.size();
    RowShape<M>::append(cells, offset + static_cast<std::size_t>(inside));
    cells[first].cells_of_object = cells.size() - first;
    cells[first].make_absent = [](void* object) {
      std::launder(reinterpret_cast<Row*>(object))->reset();
    };
    cells[first].object_offset = offset;
  }
};

template <class... T>
struct RowShape<std::tuple<T...>> {
  using Row = std::tuple<T...>;
  static Row blank() { return Row(RowShape<T>::blank()...); }
  static void append(std::vector<db::Cell>& cells, std::size_t offset) {
    alignas(Row) static std::byte place[sizeof(Row)];  // never constructed: only addresses
    append_each(cells, offset, place, std::index_sequence_for<T...>{});
  }

 private:
  template <std::size_t... I>
  static void append_each(std::vector<db::Cell>& cells, std::size_t offset, std::byte* place,
                          std::index_sequence<I...>) {
    auto& row = *reinterpret_cast<Row*>(place);
    (RowShape<T>::append(
         cells,
         offset + static_cast<std::size_t>(
                      reinterpret_cast<std::byte*>(std::addressof(std::get<I>(row))) - place)),
     ...);
  }
};

template <class Row>
std::span<const db::Cell> cells_of() {
  static const std::vector<db::Cell> cells = [] {
    std::vector<db::Cell> made;
    RowShape<Row>::append(made, 0);
    return made;
  }();
  return cells;
}

template <class Row>
class Rows final : public db::RowSink {
 public:
  std::span<const db::Cell> cells() const override { return cells_of<Row>(); }
  void add(std::span<db::Value> row) override {
    if constexpr (std::is_same_v<Row, bool>) {  // std::vector keeps no address of one
      bool value = false;
      db::assign_row(cells(), row, &value);
      rows.push_back(value);
    } else {
      rows.push_back(RowShape<Row>::blank());
      db::assign_row(cells(), row, &rows.back());
    }
  }
  std::size_t size() const override { return rows.size(); }
  void clear() override { rows.clear(); }

  std::vector<Row> rows;
};

template <class Condition, class Models>
constexpr void check_condition() {
  constexpr bool condition = Operand<Condition> && requires {
    requires std::same_as<Bare<typename Condition::value_type>, bool>;
  };
  static_assert(condition,
                "plinth: a condition is a comparison of columns: col<&User::email> == email");
  if constexpr (condition) {
    constexpr bool known = is_subset<typename Condition::models, Models>;
    static_assert(known,
                  "plinth: this condition names a column of a model that the query does not "
                  "select from; join it first");
  }
}

// The values of the columns of the primary key, as types.
template <class Key, class Columns>
struct KeyOf;
template <class... Key>
struct KeyOf<TypeList<Key...>, TypeList<>> {
  using type = TypeList<Key...>;
};
template <class... Key, class T, auto... R, class... Rest>
struct KeyOf<TypeList<Key...>, TypeList<Column<T, R...>, Rest...>> {
  static constexpr bool is_key = fold_column_rules<R...>().primary_key;
  using With = std::conditional_t<is_key, TypeList<Key..., T>, TypeList<Key...>>;
  using type = typename KeyOf<With, TypeList<Rest...>>::type;
};

template <class Wanted, class Given>
inline constexpr bool fits_key = false;
template <class... Wanted, class... Given>
  requires(sizeof...(Wanted) == sizeof...(Given))
inline constexpr bool fits_key<TypeList<Wanted...>, TypeList<Given...>> =
    (Sent<Wanted, Given>::ok && ...);

template <class M, class... Given>
constexpr void check_key() {
  // Not MemberTypes: that declares a function, which a model without linkage cannot define.
  using Columns = decltype(visit_members(std::declval<M&>(), [](auto&... member) {
    return TypeList<std::remove_cvref_t<decltype(member)>...>{};
  }));
  using Wanted = typename KeyOf<TypeList<>, Columns>::type;
  static_assert(fits_key<Wanted, TypeList<Given...>>,
                "plinth: get() takes the values of the primary key, in the order of its columns");
}

// A parameter of raw SQL.
template <class T>
db::Value argument(const T& value) {
  if constexpr (std::is_same_v<T, std::nullopt_t> || std::is_same_v<T, std::nullptr_t>) {
    return {};
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return std::string(std::string_view(value));
  } else if constexpr (is_column<T>) {
    return argument(*value);
  } else {
    return db::encode(type_of<T>(), &value);
  }
}

}  // namespace plinth::detail
