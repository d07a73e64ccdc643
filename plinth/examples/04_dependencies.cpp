// Dependencies: functions whose results handlers ask for by type.
#include <map>

#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

// The app owns one; const Store& and Store& parameters are lent it.
struct Store {
  std::map<std::string, std::string> users = {{"token-of-ada", "ada"}};
  int commits = 0;
};

// Yield lends a value; what follows runs after the handler, before the response is sent.
struct Transaction {
  Store& store;
};
Yield<Transaction> get_transaction(Store& store) {
  co_yield Transaction{store};
  ++store.commits;  // not reached when the handler throws
}
using TransactionDep = Depends<get_transaction>;

// A dependency has parameters as a handler has: a security scheme, another dependency.
using BearerToken = HTTPBearer<>;
std::string get_current_user(BearerToken token, TransactionDep transaction) {
  auto user = transaction->store.users.find(token->credentials);
  if (user == transaction->store.users.end()) throw HttpError(401, "Unknown token");
  return user->second;
}
using CurrentUser = Depends<get_current_user>;

void require_client(Header<"x-client", std::string>) {}

// get_transaction runs once a request, whoever asks for it.
Json me(CurrentUser user, TransactionDep transaction) {
  return Json::object({{"name", *user}, {"commits", transaction->store.commits}});
}

App create_app() {
  auto app = App({.dependencies = {depends<require_client>}});
  app.provide(Store());
  app.get<me>("/me");
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}
