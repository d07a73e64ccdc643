// The clients of bench/overload: crowds that wait, drip and log in, and one that asks /health all
// the while and notes how long each answer takes. Prints one line.
//
// health PORT SECONDS                          nobody else
// crowd PORT SECONDS IDLE SLOW                 so many say nothing, so many a byte a second
// flood PORT SECONDS CONNECTIONS               at once, each asking, from nine addresses
// logins PORT SECONDS CLIENTS EMAIL PASSWORD   as fast as they are answered
// mixed PORT SECONDS CLIENTS                   what an application is asked, well and badly
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

std::uint16_t port = 0;
std::atomic<bool> over = false;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// From one of nine loopback addresses, so that there are ports enough.
int connect_from(unsigned number, int flags = 0) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (socket < 0) return -1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number % 9);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 &&
      errno != EINPROGRESS) {
    ::close(socket);
    return -1;
  }
  return socket;
}

struct Times {
  std::vector<double> ms;
  double at(double share) {
    if (ms.empty()) return 0;
    std::ranges::sort(ms);
    return ms[std::min(ms.size() - 1,
                       static_cast<std::size_t>(share * static_cast<double>(ms.size())))];
  }
  std::string text() {
    char line[128];
    std::snprintf(line, sizeof line, "%zu answers, p50 %.2f ms, p99 %.2f ms, max %.2f ms",
                  ms.size(), at(0.5), at(0.99), at(1));
    return line;
  }
};

// The status of the answer; 0 when there is none.
int ask(int socket, std::string_view request) {
  if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) return 0;
  std::string answer;
  char bytes[16'384];
  for (;;) {
    const auto size = ::recv(socket, bytes, sizeof bytes, 0);
    if (size <= 0) return 0;
    answer.append(bytes, static_cast<std::size_t>(size));
    const auto head = answer.find("\r\n\r\n");
    if (head == answer.npos) continue;
    const auto length = answer.find("content-length: ");
    const auto body = length < head ? std::strtoul(answer.c_str() + length + 16, nullptr, 10) : 0;
    if (answer.size() >= head + 4 + body) return std::atoi(answer.c_str() + 9);
  }
}

// Asks /health on one connection every few milliseconds, and on a new one every tenth time.
struct Health {
  Times kept;
  Times opened;
  int failed = 0;

  void run() {
    constexpr std::string_view request = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
    int socket = connect_from(0);
    for (int i = 0; !over; ++i) {
      const bool fresh = i % 10 == 0;
      const auto begin = Clock::now();
      if (fresh) {
        ::close(socket);
        socket = connect_from(0);
      }
      const int status = ask(socket, request);
      (fresh ? opened : kept).ms.push_back(ms_since(begin));
      failed += status != 200;
      if (status == 0) {
        ::close(socket);
        socket = connect_from(0);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ::close(socket);
  }
  void print() {
    std::printf("/health: %s; on a new connection: %s; failed: %d\n", kept.text().c_str(),
                opened.text().c_str(), failed);
  }
};

// Keeps so many connections open, some of which send a byte of a header each second; what the
// server closes is opened again.
struct Crowd {
  struct Member {
    int socket = -1;
    std::size_t sent = 0;
  };

  void open(std::size_t number) {
    auto& member = members[number];
    if (member.socket >= 0) ::close(member.socket);
    member = {.socket = connect_from(static_cast<unsigned>(number), SOCK_NONBLOCK)};
    if (member.socket < 0) return;
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.u64 = number}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, member.socket, &event);
  }
  void drip() {
    constexpr std::string_view header = "GET /health HTTP/1.1\r\nX-Slow: ";
    for (std::size_t i = 0; i < slow; ++i) {
      auto& member = members[i];
      const char c = member.sent < header.size() ? header[member.sent] : 'a';
      ++member.sent;
      if (member.socket >= 0) ::send(member.socket, &c, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  }
  void take_events() {
    std::array<epoll_event, 512> events;
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      const auto number = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64);
      ++closed;
      open(number);
    }
  }
  void run() {
    for (std::size_t i = 0; i < members.size(); ++i) open(i);
    full = true;
    auto dripped = Clock::now();
    while (!over) {
      take_events();
      if (ms_since(dripped) < 1'000) continue;
      dripped = Clock::now();
      drip();
    }
    for (const auto& member : members) ::close(member.socket);
  }

  Crowd(std::size_t idle, std::size_t slow_ones) : slow(slow_ones), members(idle + slow_ones) {}
  std::size_t slow;
  std::vector<Member> members;
  int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::atomic<bool> full = false;
  std::atomic<std::size_t> closed = 0;
};

void wait_for(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

void crowd(double seconds, std::size_t idle, std::size_t slow) {
  Crowd all(idle, slow);
  std::thread holding([&] { all.run(); });
  while (!all.full) wait_for(0.01);
  wait_for(1);
  Health health;
  std::thread probing([&] { health.run(); });
  wait_for(seconds);
  over = true;
  probing.join();
  holding.join();
  std::printf("%zu idle and %zu slow connections, %zu closed by the server and opened again; ",
              idle, slow, all.closed.load());
  health.print();
}

// Connections that ask as soon as they are there and stay.
void flood(double seconds, unsigned count) {
  const int first = connect_from(0);
  ask(first, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  Health inside;
  std::map<int, unsigned> statuses;
  std::vector<int> sockets;
  Times times;
  const auto begin = Clock::now();
  std::size_t kept_answers = 0;
  for (unsigned i = 0; i < count; ++i) {
    const auto asked = Clock::now();
    const int socket = connect_from(i);
    ++statuses[ask(socket, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n")];
    times.ms.push_back(ms_since(asked));
    sockets.push_back(socket);
    if (i % 50 == 0) {
      kept_answers += ask(first, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n") == 200;
      times.ms.push_back(0);
    }
  }
  const double took = ms_since(begin);
  wait_for(seconds);
  for (const int socket : sockets) ::close(socket);
  const auto freed = Clock::now();
  int status = 0;
  while (status != 200 && ms_since(freed) < 60'000) {
    const int socket = connect_from(0);
    status = ask(socket, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    ::close(socket);
  }
  std::printf("%u connections in %.0f ms:", count, took);
  for (const auto& [code, number] : statuses) std::printf(" %u got %d,", number, code);
  std::printf(
      " each after %.2f ms at p99; the first connection was answered %zu of %u times; "
      "whole again after %.0f ms\n",
      times.at(0.99), kept_answers, (count + 49) / 50, ms_since(freed));
}

std::string json_post(const std::string& path, const std::string& body) {
  return "POST " + path +
         " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void logins(double seconds, unsigned clients, const std::string& email,
            const std::string& password) {
  const auto body = R"({"email":")" + email + R"(","password":")" + password + "\"}";
  const auto request = json_post("/api/v1/auth/login", body);
  std::mutex mutex;
  std::map<int, Times> answers;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      int socket = connect_from(i);
      while (!over) {
        const auto begin = Clock::now();
        const int status = ask(socket, request);
        const double ms = ms_since(begin);
        if (status == 0) {
          ::close(socket);
          socket = connect_from(i);
        }
        {
          const std::lock_guard lock(mutex);
          answers[status].ms.push_back(ms);
        }
        if (status != 200) wait_for(0.2);  // as a client that was told to come later
      }
      ::close(socket);
    });
  }
  wait_for(1);
  Health health;
  std::thread probing([&] { health.run(); });
  wait_for(seconds);
  over = true;
  probing.join();
  for (auto& thread : threads) thread.join();
  std::printf("%u clients log in:", clients);
  for (auto& [status, times] : answers) std::printf(" %d: %s;", status, times.text().c_str());
  std::printf(" ");
  health.print();
}

// One round of a client: what an application is asked, well and badly.
std::vector<std::string> round_of(unsigned client, unsigned round) {
  const auto email = "c" + std::to_string(client) + "r" + std::to_string(round) + "@example.com";
  const auto get = [](const std::string& path, const std::string& fields = {}) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
  };
  return {
      get("/health"),
      round % 50 == 0 ? json_post("/api/v1/auth/register",
                                  R"({"email":")" + email + R"(","password":"a-password"})")
                      : get("/openapi.json", "Accept-Encoding: gzip\r\n"),
      round % 50 == 1
          ? json_post("/api/v1/auth/login", R"({"email":")" + email + R"(","password":"wrong"})")
          : get("/api/v1/users/me", "Authorization: Bearer a.b.c\r\n"),
      json_post("/api/v1/auth/login", R"({"email":3})"),
      json_post("/api/v1/auth/login", "{"),
      get("/nowhere/" + std::to_string(round)),
      json_post("/api/v1/auth/login", std::string(200'000, ' ')),
      get("/metrics"),
  };
}

void mixed(double seconds, unsigned clients) {
  std::mutex mutex;
  std::map<int, std::size_t> statuses;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      for (unsigned round = 0; !over; ++round) {
        const int socket = connect_from(i);
        for (const auto& request : round_of(i, round)) {
          const int status = ask(socket, request);
          const std::lock_guard lock(mutex);
          ++statuses[status];
        }
        // Then one that leaves in the middle.
        constexpr std::string_view half = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nConte";
        ::send(socket, half.data(), half.size(), MSG_NOSIGNAL);
        ::close(socket);
        wait_for(0.02);
      }
    });
  }
  Health health;
  std::thread probing([&] { health.run(); });
  wait_for(seconds);
  over = true;
  probing.join();
  for (auto& thread : threads) thread.join();
  std::printf("%u clients of all kinds:", clients);
  for (const auto& [status, number] : statuses) std::printf(" %zu got %d,", number, status);
  std::printf(" ");
  health.print();
}

}  // namespace

int main(int count, char** words) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::string_view what = count > 3 ? words[1] : "";
  if (count > 3) port = static_cast<std::uint16_t>(std::atoi(words[2]));
  const double seconds = count > 3 ? std::atof(words[3]) : 0;
  const auto number = [&](int at) { return static_cast<unsigned>(std::atoi(words[at])); };
  if (what == "health") {
    crowd(seconds, 0, 0);
  } else if (what == "crowd" && count == 6) {
    crowd(seconds, number(4), number(5));
  } else if (what == "flood" && count == 5) {
    flood(seconds, number(4));
  } else if (what == "mixed" && count == 5) {
    mixed(seconds, number(4));
  } else if (what == "logins" && count == 7) {
    logins(seconds, number(4), words[5], words[6]);
  } else {
    std::fprintf(stderr, "see the head of bench/overload.cpp\n");
    return 2;
  }
  return 0;
}
