// A payment that is sent twice, because its answer was lost, is made once.
#include "plinth/idempotency.hpp"
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct Payment {
  static constexpr auto table = "payments";

  Column<std::int64_t, primary_key> id;
  Column<std::int64_t> cents;
};

struct PaymentCreate {
  Int<gt(0)> cents;
};

struct PaymentRead {
  std::int64_t id;
  std::int64_t cents;
};

Yield<Session> get_session(Engine& engine) {
  auto session = engine.session();
  co_yield session;
  co_await session.close();
}
using SessionDep = Depends<get_session>;

Task<PaymentRead> create_payment(PaymentCreate data, SessionDep session) {
  auto payment = Payment{.cents = *data.cents};
  session->add(payment);
  co_await session->commit();  // the payment and its key's mark, or neither
  co_return to<PaymentRead>(payment);
}

App create_app() {
  auto app = App();
  auto engine = Engine("sqlite:///:memory:");
  create_all<Payment, IdempotencyKey>(engine);
  app.provide(std::move(engine));
  app.use(Idempotency{.engine = &app.provided<Engine>()});
  app.post<create_payment>("/payments",
                           {.status = 201, .dependencies = {depends<require_idempotency_key>}});
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}
