#include "fleet/clients.hpp"

#include <chrono>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>

#include "plinth/json.hpp"

namespace fleet {

using plinth::Json;
using support::HttpReply;

namespace {

std::optional<Json> parsed(const std::string& body) {
  try {
    return Json::parse(body);
  } catch (const plinth::JsonError&) {
    return std::nullopt;
  }
}

std::string field(const HttpReply& reply, const std::string& name) {
  const auto at = reply.head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 4;
  return reply.head.substr(from, reply.head.find("\r\n", from) - from);
}

}  // namespace

std::string credentials(const std::string& email) {
  return Json::object({{"email", email}, {"password", password}}).dump();
}

// Somebody with a network address of their own, who tries again what was refused.
class Load::Client {
 public:
  Client(Load& load, const Service& service, int number)
      : load_(load),
        number_(static_cast<std::size_t>(number)),
        name_("client" + std::to_string(number) + "."),
        http_(service.client(number)),
        random_(static_cast<std::uint64_t>(number)) {}

  void step() {
    if (admin_token_.empty()) {
      admin_token_ = token_of(admin_email);
    } else if (own_.empty()) {
      register_account();
    } else {
      switch (random_() % 10) {
        case 0:
          return register_account();
        case 1:
          return create_account();
        case 2:
          return log_in();
        case 3:
        case 4:
          return list();
        default:
          return read();
      }
    }
  }

 private:
  // The answer to this request, whether it was sent once or again: never a refusal. `broken` tells
  // whether an earlier try may have been done. Without an answer when the test is over.
  std::optional<HttpReply> ask(const char* method, const std::string& target,
                               const std::string& body, const std::string& token, bool& unsure,
                               const std::string& fields = {}) {
    while (!load_.stopped_) {
      auto reply = http_.request(method, target, body, token, fields);
      load_.note(reply);
      const bool broken = (reply.status == 502 || reply.status == 0) &&
                          std::string(method) == "POST" && load_.may_break_;
      if (reply.status != 503 && !broken) {
        if (reply.status == 0 || reply.status == 429 || reply.status >= 500) {
          wrong(method, target, reply);
        }
        ++load_.answers_[number_];
        return reply;
      }
      if (reply.status != 0 && (field(reply, "retry-after").empty() || !parsed(reply.body))) {
        wrong(method, target, reply);
      }
      unsure = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // a client that is not rude
    }
    return std::nullopt;
  }

  void wrong(const std::string& method, const std::string& target, const HttpReply& reply) {
    load_.note_wrong(name_ + " " + method + " " + target + ": " + std::to_string(reply.status) +
                     " " + reply.body);
  }

  std::string new_address() {
    auto email = name_ + std::to_string(++accounts_) + "@example.com";
    const std::lock_guard lock(load_.mutex_);
    load_.ledger_.asked.insert(email);
    return email;
  }

  // Kept by who was told so.
  void promised(const std::string& email, bool welcomed) {
    own_.push_back(email);
    const std::lock_guard lock(load_.mutex_);
    load_.ledger_.promised.insert(email);
    if (welcomed) load_.ledger_.welcomed.insert(email);
  }

  // Who is nobody has no Idempotency-Key: a second try is told of the first one's account.
  void register_account() {
    const auto email = new_address();
    bool unsure = false;
    const auto reply = ask("POST", "/api/v1/auth/register", credentials(email), {}, unsure);
    if (!reply) return;
    const auto json = parsed(reply->body);
    const bool made = reply->status == 201 && json && (*json)["email"] == email;
    const bool was_made =
        reply->status == 400 && unsure && json && (*json)["detail"] == "Email already registered";
    if (!made && !was_made) return wrong("POST", email, *reply);
    promised(email, true);
  }

  // Once, however often it is sent.
  void create_account() {
    const auto email = new_address();
    const auto key = "fleet-" + email;
    bool unsure = false;
    const auto reply = ask("POST", "/api/v1/users", credentials(email), admin_token_, unsure,
                           "idempotency-key: \"" + key + "\"\r\n");
    if (!reply) return;
    const auto json = parsed(reply->body);
    if (reply->status == 409 && unsure && json) {
      const auto detail = (*json)["detail"].str();
      if (detail.find("Idempotency-Key") == std::string::npos) return wrong("POST", email, *reply);
      if (detail.find("was done") != std::string::npos) return promised(email, false);
      // Its lock outlives who had it by a minute; nobody waits for that here.
      const std::lock_guard lock(load_.mutex_);
      load_.ledger_.unsettled[key] = email;
      return;
    }
    if (reply->status != 201 || !json || (*json)["email"] != email) {
      return wrong("POST", email, *reply);
    }
    promised(email, false);
  }

  std::string token_of(const std::string& email) {
    bool unsure = false;
    const auto reply = ask("POST", "/api/v1/auth/login", credentials(email), {}, unsure);
    if (!reply) return {};
    const auto json = parsed(reply->body);
    if (reply->status != 200 || !json || !json->find("access_token")) {
      wrong("POST", email, *reply);
      return {};
    }
    return (*json)["access_token"].str();
  }

  void log_in() {
    auto email = own_[random_() % own_.size()];
    auto token = token_of(email);
    if (!token.empty()) logged_in_ = {std::move(email), std::move(token)};
  }

  void read() {
    if (logged_in_.first.empty()) return log_in();
    bool unsure = false;
    const auto reply = ask("GET", "/api/v1/users/me", {}, logged_in_.second, unsure);
    if (!reply) return;
    const auto json = parsed(reply->body);
    if (reply->status != 200 || !json || (*json)["email"] != logged_in_.first) {
      wrong("GET", "/me of " + logged_in_.first, *reply);
    }
  }

  // All that this client has been promised, and nothing of anybody else.
  void list() {
    bool unsure = false;
    const auto reply =
        ask("GET", "/api/v1/users?size=100&order_by=-id&email=" + name_, {}, admin_token_, unsure);
    if (!reply) return;
    const auto json = parsed(reply->body);
    const auto total = field(*reply, "x-total-count");
    if (reply->status != 200 || !json || total.empty() || std::stoul(total) < own_.size()) {
      return wrong("GET", "/users, of which there are " + std::to_string(own_.size()), *reply);
    }
    for (const auto& user : json->items()) {
      if (!user["email"].str().starts_with(name_)) return wrong("GET", "/users", *reply);
    }
  }

  Load& load_;
  std::size_t number_;
  std::string name_;
  support::HttpClient http_;
  std::mt19937_64 random_;
  std::string admin_token_;
  int accounts_ = 0;
  std::vector<std::string> own_;
  std::pair<std::string, std::string> logged_in_;  // the address and its token
};

Load::Load(const Service& service, int clients) : answers_(static_cast<std::size_t>(clients)) {
  for (int number = 0; number < clients; ++number) {
    threads_.emplace_back([this, &service, number] {
      Client client(*this, service, number);
      while (!stopped_) client.step();
    });
  }
}

void Load::stop() {
  stopped_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Load::wait_for(std::size_t more) {
  std::vector<std::size_t> wanted;
  for (const auto& count : answers_) wanted.push_back(count + more);
  for (std::size_t client = 0; client < wanted.size(); ++client) {
    for (int tries = 0; answers_[client] < wanted[client]; ++tries) {
      if (tries == 6000) throw std::runtime_error("the service does not come back: " + wrong());
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

void Load::note(const HttpReply& reply) {
  const std::lock_guard lock(mutex_);
  ++ledger_.statuses[reply.status];
}

void Load::note_wrong(const std::string& what) {
  const std::lock_guard lock(mutex_);
  ledger_.wrong.push_back(phase_ + ": " + what);
}

void Load::begin(const std::string& phase, bool may_break) {
  const std::lock_guard lock(mutex_);
  phase_ = phase;
  may_break_ = may_break;
}

std::string Load::wrong() const {
  std::string text;
  for (const auto& line : ledger_.wrong) text += line + "\n";
  return text;
}

}  // namespace fleet
