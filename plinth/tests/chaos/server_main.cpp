// An application under which tests take the database away: accounts that are registered, read,
// changed and deleted. DATABASE_URL says where; it prints its port and serves until it is ended.
#include <cstdio>
#include <cstdlib>

#include "chaos/account.hpp"
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

namespace chaos {

Yield<Session> get_session(Engine& engine) {
  auto session = engine.session();
  co_yield session;
  co_await session.close();
}
using SessionDep = Depends<get_session>;
using BearerToken = OAuth2PasswordBearer<"/login">;

// The least that bcrypt allows: these tests are about the database.
constexpr PasswordOptions cheap{.rounds = 4};

struct Credentials {
  std::string email;
  std::string password;
};

struct Change {
  std::int64_t balance;
};

Task<std::optional<Account>> find_account(Session& session, std::string email) {
  co_return co_await session.one_or_none(select<Account>().where(col<&Account::email> == email));
}

Task<Account> get_account(BearerToken token, SessionDep session, const KeyRing& keys) {
  auto email = subject_of(*token, keys);
  if (!email) throw HttpError(401, "Invalid token");
  auto account = co_await find_account(session, *email);
  if (!account) throw HttpError(404, "No such account");
  co_return *account;
}
using CurrentAccount = Depends<get_account>;

Task<Json> register_account(Credentials data, SessionDep session) {
  auto account =
      Account{.email = data.email, .hashed_password = co_await hash_password(data.password, cheap)};
  session->add(account);
  try {
    co_await session->commit();
  } catch (const IntegrityError&) {
    throw HttpError(409, "Taken");
  }
  co_return Json::object({{"id", *account.id}});
}

Task<Json> login(Credentials data, SessionDep session, const KeyRing& keys) {
  auto account = co_await find_account(session, data.email);
  if (!account || !co_await verify_password(data.password, *account->hashed_password, cheap)) {
    throw HttpError(401, "Invalid credentials");
  }
  auto claims = Json::object({{"sub", data.email}, {"exp", unix_now().count + 3600}});
  co_return Json::object({{"token", encode_jwt(claims, keys)}});
}

Json read(CurrentAccount account) { return Json::object({{"balance", *account->balance}}); }

// The balance and its entry: both or none.
Task<Json> change(Change data, CurrentAccount account, SessionDep session) {
  account->balance = data.balance;
  session->add(*account);
  session->add(Entry{.account_id = *account->id, .balance = data.balance});
  try {
    co_await session->commit();
  } catch (const StaleDataError&) {
    throw HttpError(404, "No such account");
  }
  co_return Json::object({{"balance", data.balance}});
}

Task<Json> remove(CurrentAccount account, SessionDep session) {
  co_await session->delete_(*account);
  co_await session->commit();
  co_return Json::object({});
}

// What takes long, by PostgreSQL's clock.
Task<Json> wait(Query<"seconds", std::int64_t> seconds, SessionDep session) {
  co_await session->execute(text("SELECT pg_sleep(" + std::to_string(*seconds) + ")"));
  co_return Json::object({});
}

// What takes for ever, by SQLite's clock.
Task<Json> spin(SessionDep session) {
  co_await session->execute(
      text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM "
           "n"));
  co_return Json::object({});
}

// A transaction that holds the caller's row, on the server and here, for so long.
Task<Json> lock(Query<"seconds", std::int64_t> seconds, CurrentAccount account,
                SessionDep session) {
  account->balance = *account->balance + 1;
  session->add(*account);
  co_await session->flush();
  co_await sleep_for(*seconds * 1000);
  co_await session->commit();
  co_return Json::object({});
}

// A transaction that holds its connection for so long.
Task<Json> hold(Query<"seconds", std::int64_t> seconds, SessionDep session) {
  co_await session->begin();
  co_await session->execute(text("SELECT pg_sleep(" + std::to_string(*seconds) + ")"));
  co_await session->commit();
  co_return Json::object({});
}

Json pool(Engine& engine) {
  const auto status = engine.pool_status();
  return Json::object(
      {{"open", status.open}, {"leased", status.leased}, {"waiting", status.waiting}});
}

App create_app(const std::string& url, EngineOptions options) {
  auto app = App();
  app.provide(Engine(url, options));
  app.provide(KeyRing("a secret of at least 32 bytes for tests"));
  app.post<register_account>("/register", {.status = 201});
  app.post<login>("/login");
  app.get<read>("/me");
  app.put<change>("/me");
  app.del<remove>("/me");
  app.get<wait>("/wait");
  app.get<wait>("/wait_with_deadline", {.deadline_ms = 200});
  app.get<hold>("/hold_with_deadline", {.deadline_ms = 200});
  app.get<spin>("/spin");
  app.get<spin>("/spin_with_deadline", {.deadline_ms = 200});
  app.get<hold>("/hold");
  app.put<lock>("/lock");
  app.get<pool>("/pool");
  return app;
}

Seconds seconds_of(const char* variable, Seconds otherwise) {
  const char* text = std::getenv(variable);
  return text ? Seconds{std::atoll(text)} : otherwise;
}

}  // namespace chaos

int main() {
  using namespace chaos;
  EngineOptions options;
  options.pool_timeout = seconds_of("POOL_TIMEOUT", options.pool_timeout);
  options.statement_timeout = seconds_of("STATEMENT_TIMEOUT", options.statement_timeout);
  options.connect_timeout = seconds_of("CONNECT_TIMEOUT", options.connect_timeout);
  options.idle_timeout = seconds_of("IDLE_TIMEOUT", options.idle_timeout);
  if (const char* size = std::getenv("POOL_SIZE")) {
    options.pool_size = static_cast<unsigned>(std::atoi(size));
  }
  auto app = create_app(std::getenv("DATABASE_URL"), options);
  Server server(app, {.port = 0, .threads = 2});
  server.listen();
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  return server.run();
}
