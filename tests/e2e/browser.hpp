// Headless Chromium, driven over WebDriver (W3C), and the programs that a browser test runs.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "plinth/json.hpp"

namespace e2e {

/// A child process; ended with SIGTERM and awaited.
class Process {
 public:
  /// environment  "NAME=value", beside this process' own; output goes to the file `log`
  Process(std::vector<std::string> command, const std::string& folder, const std::string& log,
          std::vector<std::string> environment = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  /// Waits for its end; the exit status.
  int wait();

 private:
  pid_t pid_;
};

struct Reply {
  int status;  // 0: nobody listens
  std::string body;
};

/// One HTTP request to 127.0.0.1.
Reply ask(int port, std::string_view method, std::string_view target, std::string_view body = {});

/// A port that nobody listens on just now.
int free_port();
/// Asks `target` until somebody answers 200; false after a minute.
bool wait_for(int port, std::string_view target);

/// Waits up to a minute for what it looks for and throws std::runtime_error when it does not come.
/// Elements are named by CSS selectors.
class Browser {
 public:
  explicit Browser(int driver_port);
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;
  ~Browser();

  void open(const std::string& url);
  void click(const std::string& selector);
  void type(const std::string& selector, const std::string& text);
  /// Its text, once it has some.
  std::string text(const std::string& selector);
  /// The value that `script` returns.
  plinth::Json run(const std::string& script);
  /// What went wrong in the pages since the last call: errors of scripts, failed requests.
  std::vector<std::string> errors();

 private:
  plinth::Json call(std::string_view method, const std::string& command, const plinth::Json& body);
  std::string find(const std::string& selector);
  void act(const std::string& selector, const std::string& action, const plinth::Json& body);

  int port_;
  std::string session_;
};

}  // namespace e2e
