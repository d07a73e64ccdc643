#include "plinth/model.hpp"

#include <doctest/doctest.h>

#include "db/value.hpp"
#include "models.hpp"

using namespace models;

namespace {

enum class Role { admin, member };

struct Node {
  static constexpr auto table = "nodes";
  Column<Uuid, primary_key, default_factory<&Uuid::random>> id;
  Column<std::optional<Uuid>, foreign_key<&Node::id>(OnDelete::set_null)> parent;
  Column<Role, defaults_to(Role::member)> role;
  Column<Decimal, max_digits(10), decimal_places(2), defaults_to("0.00")> price;
};

}  // namespace

TEST_CASE("a table has a row a column, with its rules") {
  const auto& table = detail::table_of<User>();
  CHECK(table.name == "users");
  REQUIRE(table.columns.size() == 5);
  CHECK(table.columns[0].name == "id");
  CHECK(table.columns[0].rules.primary_key);
  CHECK(table.columns[0].type().kind == detail::Kind::int32);
  CHECK(table.columns[1].name == "email");
  CHECK(table.columns[1].rules.unique);
  CHECK(table.columns[1].rules.indexed);
  CHECK(table.columns[1].max_length == 320);
  REQUIRE(bool(table.columns[3].default_value));
  CHECK(std::get<bool>(table.columns[3].default_value()));
  CHECK(table.columns[4].rules.server_default == "now()");
  REQUIRE(table.indexes.size() == 1);
  CHECK(table.indexes[0].on == "lower(email)");

  const auto& node = detail::table_of<Node>();
  CHECK(&node.columns[1].rules.references() == &node);
  CHECK(node.columns[1].rules.references_column == "id");
  CHECK(node.columns[1].rules.on_delete == OnDelete::set_null);
  CHECK(node.columns[3].max_digits == 10);
}

TEST_CASE("what the database makes may be left out, and is absent until it is known") {
  auto user = ada();
  const auto& columns = detail::table_of<User>().columns;
  CHECK(db::origin_of(columns[0], &user) == db::absent);
  CHECK(db::origin_of(columns[1], &user) == db::given);
  CHECK(db::origin_of(columns[3], &user) == db::given);
  CHECK(db::origin_of(columns[4], &user) == db::absent);
  CHECK(*user.is_active);
  user.id = 5;
  CHECK(db::origin_of(columns[0], &user) == db::given);

  Node node;
  CHECK(*node.id != Uuid{});
  CHECK_FALSE(node.parent->has_value());
  CHECK(*node.role == Role::member);
  CHECK(node.price->text == "0.00");
}

TEST_CASE("a column converts to and from its type") {
  auto user = ada();
  const std::string& email = user.email;
  CHECK(email == "ada@example.com");
  CHECK(user.email->size() == 15);
  CHECK(user.email == std::string("ada@example.com"));
  user.email = "b@example.com";
  CHECK(*user.email == "b@example.com");
  std::string moved = std::move(user).email;
  CHECK(moved == "b@example.com");
}
