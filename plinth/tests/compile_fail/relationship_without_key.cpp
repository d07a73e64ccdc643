// expect: plinth: this column has no foreign_key<>; say what to join on
#include "plinth/relationship.hpp"

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

Task<void> run_it(Session& session, std::vector<User> users) {
  co_await load_one<&User::email>(session, users);
}
