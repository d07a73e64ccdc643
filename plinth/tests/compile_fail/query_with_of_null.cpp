// expect: plinth: the columns of this select are not those of the model that names them
#include "plinth/query.hpp"

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
  Column<std::optional<std::int32_t>, foreign_key<&Team::id>> team_id;
};
struct Counted {
  static constexpr auto table = "counted";
  Column<std::int32_t> team_id;
};

const auto query = select<Counted>().with<Counted>(select<User>(col<&User::team_id>));
