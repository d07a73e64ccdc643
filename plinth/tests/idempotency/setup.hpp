// An app with orders, whose POST is idempotent.
#pragma once

#include <optional>
#include <string>

#include "plinth/app.hpp"
#include "plinth/idempotency.hpp"
#include "plinth/testing.hpp"
#include "support/database.hpp"

namespace ordering {

using namespace plinth;
using namespace plinth::literals;

struct Order {
  static constexpr auto table = "orders";

  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(40)> item;
};

struct OrderCreate {
  std::string item;
};

inline Yield<Session> get_session(Engine& engine) {
  auto session = engine.session();
  co_yield session;
  co_await session.close();
}
using SessionDep = Depends<get_session>;

/// What the handlers of one test are told.
struct Script {
  bool wait = false;    // hold the handler until this is false again
  int fail_before = 0;  // so many times: an error before the commit
  int fail_after = 0;   // and after it
  int started = 0;      // handlers
};

inline Task<Json> create_order(OrderCreate data, SessionDep session, Script& script,
                               Response& response) {
  ++script.started;
  auto order = Order{.item = data.item};
  session->add(order);
  co_await session->flush();
  while (script.wait) co_await sleep_for(1);
  if (script.fail_before > 0) {
    --script.fail_before;
    throw HttpError(409, "sold out");
  }
  co_await session->commit();
  if (script.fail_after > 0) {
    --script.fail_after;
    throw HttpError(502, "the printer is on fire");
  }
  response.headers.append("location", "/orders/" + std::to_string(*order.id));
  co_return Json::object({{"id", *order.id}, {"item", *order.item}});
}

/// The answer has a secret.
inline Task<Json> create_voucher(SessionDep session, Response& response) {
  session->add(Order{.item = "voucher"});
  co_await session->commit();
  response.headers.append("cache-control", "no-store");
  co_return "hush";
}

/// Ada has two tokens.
inline Json me(Header<"authorization", std::optional<std::string>> authorization) {
  const auto sent = authorization->value_or("");
  if (sent == "Bearer ada" || sent == "Bearer ada, again") return Json::object({{"id", 1}});
  if (sent == "Bearer grace") return Json::object({{"id", 2}});
  throw HttpError(401, "Invalid token");
}

class Shop {
 public:
  explicit Shop(support::Place place = support::Place::memory) : database_(place) {
    auto engine = Engine(database_.url());
    create_all<Order, IdempotencyKey>(engine);
    app_.provide(std::move(engine)).provide(Script());
    app_.use(Idempotency{.engine = &this->engine(), .whoami = "/me", .body_bytes_max = 1000});
    app_.get<me>("/me");
    app_.post<create_order>("/orders", {.status = 201});
    app_.post<create_order>("/strict",
                            {.status = 201, .dependencies = {depends<require_idempotency_key>}});
    app_.post<create_voucher>("/vouchers", {.status = 201});
  }

  App& app() { return app_; }
  Engine& engine() { return app_.provided<Engine>(); }
  Script& script() { return app_.provided<Script>(); }
  std::int64_t orders() { return count("SELECT count(*) FROM orders"); }
  std::int64_t keys() { return count("SELECT count(*) FROM plinth_idempotency_keys"); }

 private:
  std::int64_t count(std::string sql) {
    return run([](Engine& engine, std::string query) -> Task<std::int64_t> {
      auto session = engine.session();
      co_return (co_await session.scalar(text<std::int64_t>(query))).value();
    }(engine(), std::move(sql)));
  }

  support::TestDatabase database_;
  App app_;
};

}  // namespace ordering
