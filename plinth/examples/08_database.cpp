// A model, its queries and a transaction, over SQLite in memory.
#include <cstdio>

#include "plinth/session.hpp"

using namespace plinth;

struct Account {
  static constexpr auto table = "accounts";
  static constexpr Index indexes[] = {
      {.name = "uq_accounts_owner_lower", .on = "lower(owner)", .unique = true}};

  Column<std::int32_t, primary_key> id;
  Column<std::string, max_length(40), unique, indexed> owner;
  Column<std::int64_t, check_constraint("balance >= 0"), defaults_to(0)> balance;
  Column<DateTime, server_default("now()")> created_at;
};

Task<std::optional<Account>> find_account(Session& session, std::string owner) {
  co_return co_await session.one_or_none(
      select<Account>().where(lower(col<&Account::owner>) == lower(owner)));
}

// Both rows change, or none does.
Task<void> transfer(Session& session, std::string from, std::string to, std::int64_t amount) {
  auto change = [](std::string owner, std::int64_t by) {
    return update<Account>()
        .set(col<&Account::balance> = col<&Account::balance> + by)
        .where(col<&Account::owner> == owner);
  };
  co_await session.execute(change(to, amount));
  co_await session.execute(change(from, -amount));
  co_await session.commit();
}

Task<void> show(Engine& engine) {
  auto session = engine.session();
  auto ada = Account{.owner = "Ada", .balance = 100};
  session.add(ada);
  session.add(Account{.owner = "Grace"});
  co_await session.commit();
  std::printf("Ada has id %d\n", *ada.id);

  co_await transfer(session, "Ada", "Grace", 30);
  try {
    co_await transfer(session, "Ada", "Grace", 1000);
  } catch (const IntegrityError& error) {
    std::printf("refused: %s\n", error.what());
  }
  for (const char* owner : {"ada", "grace"}) {
    auto account = co_await find_account(session, owner);
    std::printf("%s has %lld\n", account->owner->c_str(), (long long)*account->balance);
  }
}

int main() {
  Engine engine("sqlite:///:memory:");
  create_all<Account>(engine);
  run(show(engine));
}
