#include "e2e/browser.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

namespace e2e {
namespace {

using plinth::Json;

constexpr auto patience = std::chrono::seconds(60);
constexpr auto pause = std::chrono::milliseconds(50);

// The key of an element's id. Source: W3C WebDriver, 12.
constexpr std::string_view element_key = "element-6066-11e4-a52e-4f735466cecf";

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

struct Socket {
  Socket() : handle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{.tv_sec = 120, .tv_usec = 0};
    ::setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(handle); }
  int handle;
};

// The value of content-length in a head, in any letter case.
std::size_t content_length(std::string head) {
  for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto field = head.find("\r\ncontent-length:");
  return field == std::string::npos ? 0 : std::strtoul(head.c_str() + field + 17, nullptr, 10);
}

// ChromeDriver keeps the connection open, so the end is where content-length says.
Reply read_reply(int handle) {
  std::string answer;
  std::size_t head = std::string::npos;
  std::size_t end = 0;
  for (char part[16384]; head == std::string::npos || answer.size() < end;) {
    const auto got = ::recv(handle, part, sizeof part, 0);
    if (got <= 0) return {0, {}};
    answer.append(part, static_cast<std::size_t>(got));
    if (head != std::string::npos) continue;
    head = answer.find("\r\n\r\n");
    if (head != std::string::npos) end = head + 4 + content_length(answer.substr(0, head));
  }
  return {std::atoi(answer.c_str() + 9), answer.substr(head + 4)};
}

template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace

Process::Process(std::vector<std::string> command, const std::string& folder,
                 const std::string& log, std::vector<std::string> environment)
    : pid_(::fork()) {
  if (pid_ != 0) return;
  // In the child nothing may be thrown.
  std::vector<char*> arguments;
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  for (auto& variable : environment) ::putenv(variable.data());
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (output < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0 ||
      ::chdir(folder.c_str()) != 0) {
    ::_exit(126);
  }
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

Process::~Process() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  wait();
}

int Process::wait() {
  int status = 0;
  ::waitpid(std::exchange(pid_, 0), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Reply ask(int port, std::string_view method, std::string_view target, std::string_view body) {
  const Socket socket;
  const auto address = loopback(port);
  if (::connect(socket.handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {0, {}};
  }
  std::string text(method);
  text.append(" ").append(target).append(" HTTP/1.1\r\nhost: 127.0.0.1:");
  text.append(std::to_string(port)).append("\r\nconnection: close\r\n");
  text.append("content-type: application/json\r\ncontent-length: ");
  text.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  for (std::string_view rest = text; !rest.empty();) {
    const auto sent = ::send(socket.handle, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return {0, {}};
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return read_reply(socket.handle);
}

int free_port() {
  const Socket socket;
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket.handle, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.handle, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

bool wait_for(int port, std::string_view target) {
  return eventually([&] { return ask(port, "GET", target).status == 200; });
}

Browser::Browser(int driver_port) : port_(driver_port) {
  const auto made = call("POST", "/session", Json::parse(R"({"capabilities": {"alwaysMatch": {
      "browserName": "chrome",
      "goog:loggingPrefs": {"browser": "ALL"},
      "goog:chromeOptions": {"args": ["--headless", "--no-sandbox", "--disable-gpu",
          "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-sync",
          "--disable-background-networking", "--disable-component-update",
          "--window-size=1200,2000"]}}}})"));
  session_ = "/session/" + made["sessionId"].str();
}

Browser::~Browser() { ask(port_, "DELETE", session_); }

void Browser::open(const std::string& url) {
  call("POST", session_ + "/url", Json::object({{"url", url}}));
}

void Browser::click(const std::string& selector) { act(selector, "/click", Json::Object{}); }

void Browser::type(const std::string& selector, const std::string& text) {
  act(selector, "/value", Json::object({{"text", text}}));
}

std::string Browser::text(const std::string& selector) {
  std::string found;
  const auto script = "return document.querySelector(" + Json(selector).dump() + ")?.innerText";
  const bool came = eventually([&] {
    const auto value = run(script);
    if (value.is_string()) found = value.str();
    return !found.empty();
  });
  if (!came) throw std::runtime_error(selector + " did not get a text");
  return found;
}

Json Browser::run(const std::string& script) {
  return call("POST", session_ + "/execute/sync",
              Json::object({{"script", script}, {"args", Json::Array{}}}));
}

std::vector<std::string> Browser::errors() {
  std::vector<std::string> found;
  const auto entries = call("POST", session_ + "/se/log", Json::object({{"type", "browser"}}));
  for (const auto& entry : entries.items()) {
    if (entry["level"].str() == "SEVERE") found.push_back(entry["message"].str());
  }
  return found;
}

Json Browser::call(std::string_view method, const std::string& command, const Json& body) {
  const auto reply = ask(port_, method, command, body.dump());
  if (reply.status != 200) throw std::runtime_error(command + ": " + reply.body);
  return Json::parse(reply.body)["value"];
}

std::string Browser::find(const std::string& selector) {
  const auto found = call("POST", session_ + "/elements",
                          Json::object({{"using", "css selector"}, {"value", selector}}));
  return found.size() == 0 ? "" : found[0][element_key].str();
}

// Again until it works: a page is redrawn while it is clicked on.
void Browser::act(const std::string& selector, const std::string& action, const Json& body) {
  std::string problem = "is not there";
  const bool done = eventually([&] {
    const auto element = find(selector);
    if (element.empty()) return false;
    const auto reply = ask(port_, "POST", session_ + "/element/" + element + action, body.dump());
    problem = reply.body;
    return reply.status == 200;
  });
  if (!done) throw std::runtime_error(selector + action + ": " + problem);
}

}  // namespace e2e
