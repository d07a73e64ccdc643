// Objects of objects, and many objects at once.
#include "plinth/relationship.hpp"

#include <doctest/doctest.h>

#include "models.hpp"
#include "support/database.hpp"

using namespace models;

namespace {

struct Database {
  support::TestDatabase database;
  Engine engine{database.url()};
  Database() { create_all<User, Team, Membership, Employee>(engine); }
};

Task<void> make_teams(Session& session) {
  session.add(Team{.name = "red"});
  session.add(Team{.name = "green"});
  session.add(Team{.name = "blue"});
  session.add(User{.email = "a@example.com", .hashed_password = "x"});
  session.add(User{.email = "b@example.com", .hashed_password = "x"});
  co_await session.flush();
  session.add(Membership{.team_id = 1, .user_id = 1, .points = 5});
  session.add(Membership{.team_id = 1, .user_id = 2, .points = 7});
  session.add(Membership{.team_id = 2, .user_id = 2, .points = 1});
  co_await session.commit();
}

}  // namespace

TEST_CASE("the children of each parent come by one query") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await make_teams(session);
    auto teams = co_await session.all(select<Team>().order_by(col<&Team::id>));
    auto members = co_await load_many<&Membership::team_id>(
        session, teams, [](auto& query) { query.order_by(desc(col<&Membership::points>)); });
    REQUIRE(members[teams[0]].size() == 2);
    CHECK(*members[teams[0]][0].points == 7);
    CHECK(*members[teams[0]][1].points == 5);
    CHECK(members[teams[1]].size() == 1);
    CHECK(members[teams[2]].empty());

    auto nobody = co_await load_many<&Membership::team_id>(session, std::vector<Team>());
    CHECK(nobody[teams[0]].empty());
  }(database.engine));
}

TEST_CASE("the users of each team come through the table between") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await make_teams(session);
    auto teams = co_await session.all(select<Team>().order_by(col<&Team::id>));
    auto users = co_await load_many<&Membership::team_id, &Membership::user_id>(
        session, teams,
        [](auto& query) { query.where(col<&Membership::points> > 1).order_by(col<&User::email>); });
    REQUIRE(users[teams[0]].size() == 2);
    CHECK(*users[teams[0]][1].email == "b@example.com");
    CHECK(users[teams[1]].empty());  // has one point only
  }(database.engine));
}

TEST_CASE("the parent of each child, where there is one") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await make_teams(session);
    auto memberships = co_await session.all(
        select<Membership>().order_by(col<&Membership::team_id>, col<&Membership::user_id>));
    auto users = co_await load_one<&Membership::user_id>(session, memberships);
    REQUIRE(users[memberships[0]] != nullptr);
    CHECK(*users[memberships[0]]->email == "a@example.com");
    CHECK(users[memberships[1]] == users[memberships[2]]);

    session.add(Employee{
        .name = "Ada", .manager_id = std::nullopt, .salary = 1, .rate = Decimal{"1"}, .score = 0});
    co_await session.commit();
    auto staff = co_await session.all(select<Employee>());
    auto managers = co_await load_one<&Employee::manager_id>(session, staff);
    CHECK(managers[staff[0]] == nullptr);
    auto below = co_await load_many<&Employee::manager_id>(session, staff);
    CHECK(below[staff[0]].empty());
  }(database.engine));
}

TEST_CASE("a limit of what is loaded for all together is refused") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await make_teams(session);
    auto teams = co_await session.all(select<Team>());
    bool refused = false;
    try {
      co_await load_many<&Membership::team_id>(session, teams, [](auto& query) { query.limit(3); });
    } catch (const ProgrammingError&) {
      refused = true;
    }
    CHECK(refused);
  }(database.engine));
}

TEST_CASE("thousands of objects are inserted, and loaded by their keys in parts") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    std::vector<Team> teams;
    for (int i = 1; i <= 2345; ++i) teams.push_back(Team{.name = "team " + std::to_string(i)});
    auto ids = co_await session.bulk_insert(teams, col<&Team::id>);
    CHECK(session.in_transaction());
    REQUIRE(ids.size() == 2345);
    CHECK(ids.front() == 1);
    CHECK(ids.back() == 2345);
    std::vector<User> users(7, User{.email = "", .hashed_password = "x"});
    for (std::size_t i = 0; i < users.size(); ++i) users[i].email = std::to_string(i) + "@x.org";
    users[3].id = 70;  // has one column more
    CHECK(co_await session.bulk_insert(users) == 7);
    CHECK(co_await session.bulk_insert(std::vector<User>()) == 0);
    std::vector<Membership> memberships;
    for (auto id : ids) memberships.push_back(Membership{.team_id = id, .user_id = 70});
    CHECK(co_await session.bulk_insert(memberships) == 2345);
    co_await session.commit();

    auto all = co_await session.all(select<Team>().order_by(col<&Team::id>));
    auto members = co_await load_many<&Membership::team_id>(session, all);
    std::size_t found = 0;
    for (const auto& team : all) found += members[team].size();
    CHECK(found == 2345);
    CHECK(*members[all[2344]][0].user_id == 70);
  }(database.engine));
}

TEST_CASE("objects that cannot be inserted leave none behind, and are named") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    auto teams = std::vector<Team>{{.name = "red"}, {.name = "much too long a name for a team"}};
    std::string message;
    try {
      co_await session.bulk_insert(teams);
    } catch (const DataError& error) {
      message = error.what();
    }
    CHECK(message == "teams.name cannot hold a text of 31 characters, but 20 fit");
    CHECK(co_await session.one(select<Team>(count())) == 0);
  }(database.engine));
}
