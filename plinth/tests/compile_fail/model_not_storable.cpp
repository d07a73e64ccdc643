// expect: plinth: a Column holds a bool, a number, std::string
#include "plinth/model.hpp"

using namespace plinth;

struct Team {
  static constexpr auto table = "teams";
  Column<std::int32_t, primary_key> id;
  Column<std::string, max_length(20)> name;
};
struct User {
  static constexpr auto table = "users";
  Column<std::int32_t, primary_key> id;
  Column<std::string, max_length(320)> email;
  Column<bool, defaults_to(true)> is_active;
};

struct Wrong {
  static constexpr auto table = "wrong";
  Column<std::int32_t, primary_key> id;
  Column<std::vector<Json>, defaults_to_empty> list;
};
const auto& rows = detail::table_of<Wrong>();
