// expect: plinth: get() takes the values of the primary key, in the order of its columns
#include "plinth/session.hpp"

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

Task<void> look(Session& session) { co_await session.get<User>("5"); }
