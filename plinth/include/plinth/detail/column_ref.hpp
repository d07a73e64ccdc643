// col<&User::email>, the columns of aliases, excluded<&User::email>. Included by query.hpp.
#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "plinth/detail/expression.hpp"

namespace plinth {

template <detail::FixedString Name, class M>
struct Alias;

namespace detail {

template <class Models>
struct Assigned {
  using models = Models;
  db::Assignment row;
};

// Where rows come from: a model's table, or that under another name.
template <class Source>
struct SourceOf {
  using model = Source;
  static constexpr std::string_view name() {
    if constexpr (Model<Source>) return Source::table;
    return {};  // table_of says what is wrong
  }
};
template <FixedString Name, class M>
struct SourceOf<Alias<Name, M>> {
  using model = M;
  static constexpr std::string_view name() { return Name.view(); }
};

// The row that an INSERT could not write; see excluded.
template <class M>
struct Excluded {};
template <class M>
struct SourceOf<Excluded<M>> {
  using model = M;
  static constexpr std::string_view name() { return "excluded"; }
};

/// col<&User::email>: a column in an expression.
template <class M, class T>
class ColumnRef : public Operators<ColumnRef<M, T>> {
 public:
  using value_type = T;
  using models = TypeList<M>;

  constexpr explicit ColumnRef(std::string_view name) : name_(name) {}
  db::Fragment fragment() const { return db::column_fragment(SourceOf<M>::name(), name_); }
  constexpr std::string_view name() const { return name_; }

  /// col<&User::email> = value: for insert().values and update().set.
  template <class Value>
  auto operator=(const Value& value) const {  // NOLINT(misc-unconventional-assign-operator)
    if constexpr (std::same_as<Value, std::nullopt_t>) {
      static_assert(is_nullable<T>, "plinth: this column may not be NULL");
      return Assigned<models>{{name_, db::parameter_fragment({})}};
    } else if constexpr (Operand<Value>) {
      using From = Bare<typename Value::value_type>;
      constexpr bool whole = !std::is_integral_v<Bare<T>> || std::is_integral_v<From>;
      static_assert(whole, "plinth: this column holds whole numbers, the expression may not");
      using Models = typename UnionOf<models, typename Value::models>::type;
      return Assigned<Models>{{name_, operand<ColumnRef>(value)}};
    } else if constexpr (is_number<Bare<T>> && is_number<Value>) {
      // Sent in its own width: one that the column cannot hold is an error, not another number.
      constexpr bool whole = !std::is_integral_v<Bare<T>> || std::is_integral_v<Value>;
      static_assert(whole, "plinth: this column holds whole numbers, the value may not");
      return Assigned<models>{
          {name_, db::assigned_fragment(SourceOf<M>::name(), name_, type_of<Value>(), &value)}};
    } else {
      constexpr bool assignable = std::is_convertible_v<const Value&, T>;
      static_assert(assignable, "plinth: this value is not of the column's type");
      if constexpr (assignable) {
        const T as = static_cast<T>(column_value(value));
        return Assigned<models>{
            {name_, db::assigned_fragment(SourceOf<M>::name(), name_, type_of<T>(), &as)}};
      }
    }
  }

 private:
  std::string_view name_;
};

template <auto Pointer, class Source = void>
consteval auto column_ref() {
  static_assert(std::is_member_object_pointer_v<decltype(Pointer)>,
                "plinth: col<> takes a member of a model: col<&User::email>");
  static_assert(is_column<MemberOf<Pointer>>, "plinth: col<> takes a Column of a model");
  using Of = std::conditional_t<std::is_void_v<Source>, OwnerOf<Pointer>, Source>;
  static_assert(std::same_as<OwnerOf<Pointer>, typename SourceOf<Of>::model>,
                "plinth: this member is not one of the model that the alias stands for");
  return ColumnRef<Of, typename MemberOf<Pointer>::value_type>(
      MemberOf<Pointer>::column_name_or(name_of<Pointer>));
}

}  // namespace detail

/// A column of a model: `col<&User::email> == email`.
template <auto Pointer>
inline constexpr auto col = detail::column_ref<Pointer>();

/// A model's table under another name, to be joined to itself:
/// `using Manager = Alias<"manager", Employee>;` and then `Manager::col<&Employee::name>`
template <detail::FixedString Name, class M>
struct Alias {
  template <auto Pointer>
  static constexpr auto col = detail::column_ref<Pointer, Alias>();
};

/// The value that an INSERT could not write, for on_conflict_do_update.
template <auto Pointer>
inline constexpr auto excluded =
    detail::column_ref<Pointer, detail::Excluded<detail::OwnerOf<Pointer>>>();

}  // namespace plinth
