// What docs/database.md shows, run on both engines.
#include <doctest/doctest.h>

#include "models.hpp"
#include "support/database.hpp"

using namespace models;
using support::TestDatabase;

namespace {

struct Account {
  static constexpr auto table = "accounts";

  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(40), unique> owner;
  Column<std::int64_t, check_constraint("balance >= 0"), defaults_to(0)> balance;
};

struct Bank {
  TestDatabase database;
  Engine engine{database.url()};
  Bank() {
    create_all<Account>(engine);
    run([](Engine& on) -> Task<void> {
      auto session = on.session();
      for (const char* owner : {"ada", "grace", "edsger"}) {
        session.add(Account{.owner = owner, .balance = 100});
      }
      co_await session.commit();
    }(engine));
  }
};

Task<void> withdraw(Session& session, std::string owner, std::int64_t amount) {
  co_await session.begin();
  auto account = co_await session.one(
      select<Account>().where(col<&Account::owner> == owner).with_for_update());
  account.balance = *account.balance - amount;
  session.add(account);
  co_await session.commit();
}

Task<bool> open_account(Session& session, std::string owner) {
  session.add(Account{.owner = owner});
  try {
    co_await session.commit();
  } catch (const IntegrityError& error) {
    if (error.kind != IntegrityError::Kind::unique) throw;
    co_return false;
  }
  co_return true;
}

std::vector<std::string> reported;

void report(std::string what) { reported.push_back(std::move(what)); }

// Pays the bonus whether or not it can be noted.
Task<void> pay_bonus(Session& session, std::string owner) {
  co_await session.execute(update<Account>()
                               .set(col<&Account::balance> = col<&Account::balance> + 5)
                               .where(col<&Account::owner> == owner));
  {
    auto noted = co_await session.begin_nested();  // undone where it is not committed
    try {
      co_await session.execute(text("INSERT INTO notes (owner) VALUES (?)", owner));
      co_await noted.commit();
    } catch (const DatabaseError& error) {
      report(error.what());
    }
  }
  co_await session.commit();
}

Task<std::int64_t> total(Session& session) {
  std::int64_t sum = 0;
  auto accounts = co_await session.stream(select<Account>().order_by(col<&Account::id>), 2);
  while (auto account = co_await accounts.next()) sum += *account->balance;
  co_return sum;
}

Task<std::string> summary(Session& session) {
  auto [richest, counted] = co_await session.gather(
      select<Account>().order_by(desc(col<&Account::balance>), col<&Account::id>).limit(1),
      select<Account>(count()));
  co_return *richest.at(0).owner + " of " + std::to_string(counted.at(0));
}

}  // namespace

TEST_CASE("the guide's transactions do what it says") {
  Bank bank;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await withdraw(session, "ada", 30);
    CHECK(co_await total(session) == 270);
    CHECK(co_await summary(session) == "grace of 3");
    CHECK(co_await open_account(session, "alan"));
    CHECK_FALSE(co_await open_account(session, "alan"));
    reported.clear();
    co_await pay_bonus(session, "ada");
    CHECK(reported.size() == 1);
    CHECK(co_await total(session) == 275);
  }(bank.engine));
}

TEST_CASE("a stream reads parts, within a transaction too, and ends with it") {
  Bank bank;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await session.begin();
    auto inside = co_await session.stream(select<Account>().order_by(col<&Account::id>), 2);
    CHECK(*(co_await inside.next())->owner == "ada");
    session.add(Account{.owner = "later"});
    co_await session.flush();  // between two parts
    CHECK(*(co_await inside.next())->owner == "grace");
    CHECK(*(co_await inside.next())->owner == "edsger");
    auto ended = co_await session.stream(select<Account>(), 1);
    CHECK((co_await ended.next()).has_value());
    co_await session.rollback();
    bool refused = false;
    try {
      co_await ended.next();
    } catch (const ProgrammingError&) {
      refused = true;
    }
    CHECK(refused);

    auto nothing = co_await session.stream(select<Account>().where(col<&Account::id> < 0));
    CHECK_FALSE((co_await nothing.next()).has_value());
    CHECK_FALSE((co_await nothing.next()).has_value());
    auto wrong = co_await session.stream(text<int>("SELECT nope FROM accounts"));
    refused = false;
    try {
      co_await wrong.next();
    } catch (const ProgrammingError&) {
      refused = true;
    }
    CHECK(refused);
    // One that is left in the middle keeps nothing.
    for (int i = 0; i < 20; ++i) {
      auto left = co_await session.stream(select<Account>(), 1);
      CHECK((co_await left.next()).has_value());
    }
    CHECK(co_await total(session) == 300);
    CHECK(engine.pool_status().leased == 0);
  }(bank.engine));
}

TEST_CASE("queries of one round trip fail together, and see a transaction's own changes") {
  Bank bank;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(Account{.owner = "mine"});
    co_await session.flush();
    auto each = std::vector{select<Account>().where(col<&Account::owner> == "mine"),
                            select<Account>().where(col<&Account::owner> == "nobody")};
    const auto found = co_await session.gather(each);
    CHECK(found.at(0).size() == 1);
    CHECK(found.at(1).empty());
    co_await session.rollback();

    // Raw SQL that writes begins a transaction, and each query is run in it, once.
    auto [owners, renamed] = co_await session.gather(
        select<Account>(col<&Account::owner>).order_by(col<&Account::id>),
        text<std::string>("UPDATE accounts SET owner = 'Ada' WHERE id = 1 RETURNING owner"));
    CHECK(owners == std::vector<std::string>{"ada", "grace", "edsger"});
    CHECK(renamed == std::vector<std::string>{"Ada"});
    CHECK(session.in_transaction());
    co_await session.rollback();
    CHECK((co_await session.gather(each)).at(0).empty());
    bool refused = false;
    try {
      co_await session.gather(select<Account>(count()), text<int>("SELECT nope FROM accounts"));
    } catch (const ProgrammingError&) {
      refused = true;
    }
    CHECK(refused);
  }(bank.engine));
}
