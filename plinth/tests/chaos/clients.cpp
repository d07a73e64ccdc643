#include "chaos/clients.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>

namespace chaos {

using support::HttpReply;

namespace {

std::vector<std::string> with_url(const std::string& url, std::vector<std::string> environment) {
  environment.push_back("DATABASE_URL=" + url);
  return environment;
}

std::string shown(Balance balance) { return balance ? std::to_string(*balance) : "no account"; }

// What a reply's JSON says under `key`; absent when the reply is no such object.
std::optional<Json> member(const HttpReply& reply, const char* key) {
  if (reply.status / 100 != 2) return std::nullopt;
  return Json::parse(reply.body)[key];
}

}  // namespace

ServerProcess::ServerProcess(const std::string& url, std::vector<std::string> environment)
    : process_({CHAOS_SERVER}, {.environment = with_url(url, std::move(environment))}),
      port_(static_cast<std::uint16_t>(std::atoi(process_.read_line().c_str()))) {
  if (port_ == 0) throw std::runtime_error("the server does not start");
}

std::size_t ServerProcess::descriptors() const {
  const auto folder = "/proc/" + std::to_string(process_.pid()) + "/fd";
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

// ---- One client ----

Client::Client(std::uint16_t port, int number, Tolerance tolerance)
    : http_(std::make_unique<support::HttpClient>(port)),
      random_(static_cast<std::uint64_t>(number)),
      name_("client" + std::to_string(number)),
      email_(name_ + "@example.com"),
      tolerance_(tolerance) {}

void Client::connect_to(std::uint16_t port) {
  http_ = std::make_unique<support::HttpClient>(port);
  replies_.clear();
}

void Client::step() {
  const auto dice = random_() % 20;
  if (token_.empty() && dice < 12) {
    possible_.contains(std::nullopt) ? register_account() : login();
    return;
  }
  if (dice < 1) return login();
  if (dice < 10) return read();
  if (dice < 18) return change();
  if (dice < 19) return remove();
  register_account();
}

HttpReply Client::ask(const char* method, const char* target, const std::string& body) {
  auto reply = http_->request(method, target, body, token_);
  replies_.push_back({Clock::now(), reply.status, std::string_view(method) == "POST"});
  return reply;
}

std::string Client::credentials() const {
  return Json::object({{"email", email_}, {"password", "password of " + name_}}).dump();
}

// Notes a reply that tells of a state which cannot be; else what was found is what is known.
void Client::expect(const char* what, const HttpReply& reply, Balance found, bool allowed) {
  if (reply.status == 503 && reply.head.find("\r\nretry-after: ") != std::string::npos) return;
  if (reply.status == 0 && tolerance_.lost_replies) return;
  if (!allowed) {
    std::string words = name_ + ": " + what + " was answered " + std::to_string(reply.status) +
                        " " + reply.body + "; possible are";
    for (const auto balance : possible_) words += " " + shown(balance);
    wrong_.push_back(words);
  }
  if (!tolerance_.late_changes || !allowed) possible_.clear();
  possible_.insert(found);
}

void Client::register_account() {
  const auto reply = ask("POST", "/register", credentials());
  if (reply.status == 201) return expect("register", reply, 0, may_be(std::nullopt));
  if (reply.status == 409) {
    const bool may_be_there = !known_absent();
    if (may_be_there) {
      if (!tolerance_.late_changes) possible_.erase(std::nullopt);
      return;
    }
    return expect("register", reply, 0, false);
  }
  possible_.insert(Balance(0));
  expect("register", reply, 0, false);
}

void Client::login() {
  const auto reply = ask("POST", "/login", credentials());
  if (reply.status == 200) {
    token_ = member(reply, "token")->str();
    if (known_absent()) return expect("login", reply, 0, false);
    if (!tolerance_.late_changes) possible_.erase(std::nullopt);
    return;
  }
  expect("login", reply, std::nullopt, reply.status == 401 && may_be(std::nullopt));
}

void Client::read() {
  const auto reply = ask("GET", "/me");
  if (token_.empty()) {
    if (reply.status != 401) wrong_.push_back(name_ + ": read without a token");
    return;
  }
  if (reply.status == 200) {
    const Balance found = member(reply, "balance")->integer();
    return expect("read", reply, found, may_be(found));
  }
  expect("read", reply, std::nullopt, reply.status == 404 && may_be(std::nullopt));
}

void Client::change() {
  if (token_.empty()) return login();
  const Balance wanted = static_cast<std::int64_t>(random_() % 1'000'000);
  const auto reply = ask("PUT", "/me", Json::object({{"balance", *wanted}}).dump());
  if (reply.status == 200) {
    const bool may_be_there = !known_absent();
    return expect("change", reply, wanted, may_be_there);
  }
  if (reply.status == 404) {
    return expect("change", reply, std::nullopt, may_be(std::nullopt));
  }
  if (!known_absent()) possible_.insert(wanted);
  expect("change", reply, wanted, false);
}

void Client::remove() {
  if (token_.empty()) return login();
  const auto reply = ask("DELETE", "/me");
  if (reply.status == 200) {
    const bool may_be_there = !known_absent();
    possible_.insert(std::nullopt);
    return expect("remove", reply, std::nullopt, may_be_there);
  }
  if (reply.status == 404) {
    return expect("remove", reply, std::nullopt, may_be(std::nullopt));
  }
  possible_.insert(std::nullopt);
  expect("remove", reply, std::nullopt, false);
}

// ---- Many ----

Load::Load(std::uint16_t port, int clients, Tolerance tolerance) {
  for (int number = 0; number < clients; ++number) clients_.emplace_back(port, number, tolerance);
}

void Load::start() {
  stopped_ = false;
  for (auto& client : clients_) {
    threads_.emplace_back([this, &client] {
      while (!stopped_ && !client.has_lost_reply()) client.step();
    });
  }
}

void Load::stop() {
  stopped_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Load::connect_to(std::uint16_t port) {
  for (auto& client : clients_) client.connect_to(port);
}

std::size_t Load::replies(int status) const {
  std::size_t count = 0;
  for (const auto& client : clients_) {
    for (const auto& reply : client.replies()) count += reply.status == status ? 1 : 0;
  }
  return count;
}

std::size_t Load::refusals() const {
  std::size_t count = 0;
  for (const auto& client : clients_) {
    for (const auto& reply : client.replies()) count += reply.status == 503 && !reply.hashes;
  }
  return count;
}

std::size_t Load::successes(Clock::time_point after, Clock::time_point before) const {
  std::size_t count = 0;
  for (const auto& client : clients_) {
    for (const auto& [at, status, hashes] : client.replies()) {
      count += status / 100 == 2 && at > after && at < before ? 1 : 0;
    }
  }
  return count;
}

Clock::duration Load::last_failure(Clock::time_point after, Clock::time_point before) const {
  Clock::duration last{};
  for (const auto& client : clients_) {
    for (const auto& [at, status, hashes] : client.replies()) {
      if ((status == 503 || status == 0) && !hashes && at > after && at < before) {
        last = std::max(last, at - after);
      }
    }
  }
  return last;
}

std::string Load::wrong() const {
  std::string all;
  for (const auto& client : clients_) {
    for (const auto& words : client.wrong()) all += words + "\n";
  }
  return all;
}

std::string Load::differences(const std::string& url) const {
  using Found = std::map<std::string, std::int64_t>;
  Engine engine(url);
  const auto rows = run([](Engine& on) -> Task<Found> {
    auto session = on.session();
    Found found;
    for (auto& account : co_await session.all(select<Account>())) {
      found[*account.email] = *account.balance;
    }
    // The last entry of an account is of the transaction that made its balance.
    const auto torn = co_await session.one(text<std::int64_t>(
        "SELECT count(*) FROM accounts a JOIN entries e ON e.account_id = a.id WHERE e.id = "
        "(SELECT max(id) FROM entries WHERE account_id = a.id) AND e.balance <> a.balance"));
    if (torn != 0) found["torn transactions"] = torn;
    co_return found;
  }(engine));
  std::string all;
  std::size_t theirs = 0;
  for (const auto& client : clients_) {
    const auto row = rows.find(client.email());
    const Balance there = row == rows.end() ? Balance() : Balance(row->second);
    theirs += row == rows.end() ? 0 : 1;
    if (!client.may_be(there)) all += client.email() + " has " + shown(there) + "\n";
  }
  if (theirs != rows.size()) all += "there are rows that no client made\n";
  return all;
}

}  // namespace chaos
