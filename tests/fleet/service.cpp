#include "fleet/service.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <thread>

#include "support/database.hpp"
#include "support/free_port.hpp"

namespace fleet {

using support::Child;
using support::CommandOptions;
using support::free_port;
using support::HttpClient;
using support::run_command;

namespace {

// Looks again and again, for a minute.
bool until(const std::function<bool()>& condition) {
  for (int tries = 0; tries < 3000; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

std::string content(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  if (text.find(from) == std::string::npos) {
    throw std::runtime_error(HAPROXY_CONFIGURATION " has no \"" + from + "\" any more");
  }
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

void Program::start(std::vector<std::string> words, CommandOptions options,
                    const std::string& ready) {
  name_ = words.at(0);
  words.insert(words.begin(), APP_BINARY);
  log_ = std::make_unique<support::LogFile>();
  options.log = log_->path();
  process_ = std::make_unique<Child>(words, options);
  if (!log_->wait_for(ready)) throw std::runtime_error(name_ + " is not ready: " + log_->text());
}

void Program::end(Ending ending) {
  process_->signal(ending == Ending::killed ? SIGKILL : SIGTERM);
  const int status = process_->wait();
  if (ending == Ending::stopped && status != 0) {
    throw std::runtime_error(name_ + " ended with " + std::to_string(status) + ": " + log_->text());
  }
}

bool Service::can_run() { return run_command({"haproxy", "-v"}).status == 0; }

Service::Service(ServiceOptions options)
    : api_ports_{free_port(), free_port()}, proxy_port_(free_port()) {
  options_ = {.folder = "/",  // where no .env is
              .environment = {"ENV=production", "DEBUG=false", "LOG_FORMAT=json",
                              "SECRET_KEY=0123456789abcdef0123456789abcdef",
                              "CORS_ORIGINS=[\"https://app.example.com\"]",
                              "DATABASE_URL=" + postgresql_.url(), "REDIS_URL=" + redis_.url(),
                              "SMTP_URL=" + smtp_.url(), "MAIL_FROM=shop@example.com",
                              "PASSWORD_HASH=argon2id", "DRAIN_DELAY_SECONDS=2"}};
  auto& environment = options_.environment;
  environment.insert(environment.end(), options.environment.begin(), options.environment.end());
  const auto migrated = run_command({APP_BINARY, "migrate", "upgrade", "head"}, options_);
  if (migrated.status != 0) throw std::runtime_error(migrated.err);
  for (std::size_t number = 0; number < apis_.size(); ++number) {
    start_api(number);
    start_worker(number);
  }
  start_proxy();
  wait_until_used();
}

void Service::start_api(std::size_t number) {
  apis_.at(number).start(
      {"serve", "--port", std::to_string(api_ports_.at(number)), "--threads", "1"}, options_,
      "serving");
}

void Service::start_worker(std::size_t number) {
  workers_.at(number).start(
      {"worker", "-c", "8", "--grace", "10", "-n", "worker" + std::to_string(number) + "@test"},
      options_, "\"ready\"");
}

// The example as it is, but for addresses and files.
void Service::start_proxy() {
  const auto& folder = certificates_.folder();
  const auto pair = certificates_.issue("localhost");
  std::ofstream(folder + "/plinth.pem") << content(pair.certificate) << content(pair.key);
  auto text = content(HAPROXY_CONFIGURATION);
  replace_all(text, "127.0.0.1:8001", "127.0.0.1:" + std::to_string(api_ports_[0]));
  replace_all(text, "127.0.0.1:8002", "127.0.0.1:" + std::to_string(api_ports_[1]));
  replace_all(text, "bind :80\n", "bind 127.0.0.1:" + std::to_string(free_port()) + "\n");
  replace_all(text, "bind :443 ", "bind 127.0.0.1:" + std::to_string(proxy_port_) + " ");
  replace_all(text, "/etc/haproxy/", folder + "/");
  replace_all(text, "/run/haproxy/", folder + "/");
  replace_all(text, "maxconn 20000", "maxconn 1000");  // as many as this machine may open
  std::ofstream(folder + "/haproxy.cfg") << text;
  proxy_ = std::make_unique<Child>(
      std::vector<std::string>{"sh", "-c", "exec haproxy -db -f \"$0\" >\"$1\" 2>&1",
                               folder + "/haproxy.cfg", folder + "/haproxy.log"});
  if (!until([this] { return !ask_proxy("show info").empty(); })) {
    throw std::runtime_error("HAProxy does not start: " + content(folder + "/haproxy.log"));
  }
}

std::string Service::ask_proxy(const std::string& command) const {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = certificates_.folder() + "/admin.sock";
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  std::string answer;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const auto line = command + "\n";
    ::send(socket, line.data(), line.size(), MSG_NOSIGNAL);
    char bytes[4096];
    for (ssize_t size = 0; (size = ::recv(socket, bytes, sizeof bytes, 0)) > 0;) {
      answer.append(bytes, static_cast<std::size_t>(size));
    }
  }
  ::close(socket);
  return answer;
}

bool Service::uses(std::size_t api) const {
  const std::string name = api == 0 ? "\nplinth,one," : "\nplinth,two,";
  const auto lines = ask_proxy("show stat");
  const auto line = lines.find(name);
  return line != std::string::npos &&
         lines.substr(line + 1, lines.find('\n', line + 1) - line).find(",UP,") !=
             std::string::npos;
}

void Service::wait_until_used() {
  if (!until([this] { return uses(0) && uses(1); })) {
    throw std::runtime_error("HAProxy does not use both: " + ask_proxy("show stat"));
  }
}

void Service::end(Part part, Ending ending) {
  switch (part) {
    case Part::api_one:
    case Part::api_two:
      return apis_.at(part == Part::api_one ? 0 : 1).end(ending);
    case Part::worker_one:
    case Part::worker_two:
      return workers_.at(part == Part::worker_one ? 0 : 1).end(ending);
    case Part::redis:
      return ending == Ending::killed ? redis_.kill() : redis_.stop();
    case Part::postgresql:
      postgresql_.stop(ending == Ending::killed ? support::Shutdown::immediate
                                                : support::Shutdown::fast);
  }
}

void Service::start(Part part) {
  switch (part) {
    case Part::api_one:
    case Part::api_two:
      start_api(part == Part::api_one ? 0 : 1);
      break;
    case Part::worker_one:
    case Part::worker_two:
      start_worker(part == Part::worker_one ? 0 : 1);
      break;
    case Part::redis:
      redis_.start();
      break;
    case Part::postgresql:
      postgresql_.start();
  }
  wait_until_used();
}

HttpClient Service::client(int number) const {
  return HttpClient(proxy_port_, {.source = "127.0.1." + std::to_string(number + 1),
                                  .ca_file = certificates_.authority()});
}

HttpClient Service::client_of(std::size_t replica) const {
  return HttpClient(api_ports_.at(replica));
}

void Service::make_admin(const std::string& email, const std::string& password) const {
  auto with_password = options_;
  with_password.environment.push_back("TYPED=" + password);
  const auto made = run_command(
      {"sh", "-c", "echo \"$TYPED\" | \"$0\" users create-admin --email \"$1\" --password-stdin",
       APP_BINARY, email},
      with_password);
  if (made.status != 0) throw std::runtime_error(made.err);
}

// In the order in which a task moves, lest one is overlooked on its way: out of the outbox, into
// the queue, to a worker; and of a killed worker back into the queue.
bool Service::tasks_are_done() const {
  const auto is_empty = [this](const char* size_of, const char* key) {
    return redis_.ask({size_of, key}) == "0\n";
  };
  return until([&] {
    return support::query_postgresql(database_url(), "SELECT FROM plinth_tasks").empty() &&
           is_empty("LLEN", "default") && is_empty("HLEN", "unacked") &&
           is_empty("LLEN", "default");
  });
}

}  // namespace fleet
