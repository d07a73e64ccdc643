// Nothing is kept in a process that another needs: each part of the service is stopped and killed
// under load, and nobody loses what was promised or gets a wrong answer.
#include <doctest/doctest.h>

#include <string>

#include "fleet/clients.hpp"
#include "plinth/json.hpp"
#include "support/database.hpp"

using namespace fleet;
using plinth::Json;

namespace {

constexpr int clients = 8;

struct Victim {
  Part part;
  const char* name;
};
constexpr Victim victims[] = {{Part::api_one, "API one"}, {Part::worker_one, "worker one"},
                              {Part::redis, "Redis"},     {Part::postgresql, "PostgreSQL"},
                              {Part::api_two, "API two"}, {Part::worker_two, "worker two"}};

// All tables' addresses of the clients, each once.
std::set<std::string> accounts_of(const Service& service) {
  std::set<std::string> all;
  for (const auto& row :
       support::query_postgresql(service.database_url(), "SELECT lower(email) FROM users")) {
    CHECK_MESSAGE(all.insert(row.at(0)).second, row.at(0), " has two accounts");
  }
  return all;
}

// How many mails each address got.
std::map<std::string, int> mails_of(Service& service) {
  std::map<std::string, int> count;
  for (const auto& mail : service.smtp().stop()) {
    ++count[Json::parse(mail)["rcpt_tos"][0].str()];
  }
  return count;
}

// Keys whose request was under way when its process was killed. Once their locks are over, a retry
// is told that it was done, or does it now; there is never a second account, nor one without a key.
void check_unsettled(const Service& service, const Ledger& ledger) {
  support::query_postgresql(service.database_url(),
                            "UPDATE plinth_idempotency_keys SET locked_until_us = 0");
  auto client = service.client(clients);
  const auto login = client.request("POST", "/api/v1/auth/login", credentials(admin_email));
  const auto token = Json::parse(login.body)["access_token"].str();
  for (const auto& [key, email] : ledger.unsettled) {
    const bool was_there = accounts_of(service).contains(email);
    const auto reply = client.request("POST", "/api/v1/users", credentials(email), token,
                                      "idempotency-key: \"" + key + "\"\r\n");
    CAPTURE(reply.body);
    CHECK(reply.status == (was_there ? 409 : 201));
    if (was_there) CHECK(reply.body.find("was done; its answer is lost") != std::string::npos);
    CHECK(accounts_of(service).contains(email));
  }
}

void check_accounts(const Service& service, const Ledger& ledger) {
  const auto accounts = accounts_of(service);
  for (const auto& email : ledger.promised) {
    CHECK_MESSAGE(accounts.contains(email), email, " was promised and is lost");
  }
  for (const auto& email : accounts) {
    CHECK_MESSAGE((ledger.asked.contains(email) || email == admin_email), email,
                  " was made for nobody");
  }
}

void check_mails(Service& service, const Ledger& ledger) {
  const auto accounts = accounts_of(service);
  const auto mails = mails_of(service);
  int more = 0;
  for (const auto& email : ledger.welcomed) {
    const auto found = mails.find(email);
    CHECK_MESSAGE(found != mails.end(), email, " was never welcomed");
    if (found != mails.end()) more += found->second - 1;
  }
  for (const auto& [email, count] : mails) {
    CHECK_MESSAGE(accounts.contains(email), email, " was welcomed, and has no account");
  }
  MESSAGE(ledger.welcomed.size(), " accounts were welcomed, ", more, " times more than once");
}

}  // namespace

TEST_CASE("each part is stopped and killed under load; no answer is lost or wrong") {
  if (!Service::can_run()) {
    MESSAGE("skipped: haproxy is not installed; run scripts/bootstrap --test");
    return;
  }
  Service service(
      {.environment = {"RATE_LIMIT_REGISTER=100000/hour", "RATE_LIMIT_LOGIN=100000/minute",
                       "RATE_LIMIT_LOGIN_FAILURES=100000/minute",
                       "RATE_LIMIT_LOGIN_ACCOUNT=100000/minute"}});
  service.make_admin(admin_email, password);
  Load load(service, clients);
  load.wait_for(5);
  for (const auto ending : {Ending::stopped, Ending::killed}) {
    for (const auto& [part, name] : victims) {
      const bool is_api = part == Part::api_one || part == Part::api_two;
      const bool killed = ending == Ending::killed;
      load.begin(std::string(name) + (killed ? " is killed" : " is stopped"), is_api && killed);
      service.end(part, ending);
      // With one of two gone the other does all; without a database or a queue all waits.
      const bool has_other = part != Part::redis && part != Part::postgresql;
      if (has_other) load.wait_for(3);
      service.start(part);
      load.wait_for(3);
    }
  }
  load.stop();

  const auto& ledger = load.ledger();
  CHECK(load.wrong() == "");
  CHECK(service.tasks_are_done());
  check_unsettled(service, ledger);
  check_accounts(service, ledger);
  check_mails(service, ledger);
  std::string seen;
  for (const auto& [status, count] : ledger.statuses) {
    seen += std::to_string(status) + ": " + std::to_string(count) + "  ";
  }
  MESSAGE("answers by status: ", seen, " unsettled keys: ", ledger.unsettled.size());
  // A client has one request under way when an API is killed.
  int broken = 0;
  for (const int status : {0, 502}) {
    const auto found = ledger.statuses.find(status);
    if (found != ledger.statuses.end()) broken += found->second;
  }
  CHECK(broken <= 2 * clients);
}
