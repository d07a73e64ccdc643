// Programs that a test runs: to their end, or beside the test.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace support {

struct CommandOptions {
  std::string folder = {};                    // to run in; "" for the test's own
  std::vector<std::string> environment = {};  // "NAME=value", beside the test's own
  std::string user = {};                      // to run as, when the test runs as root
  std::string network = {};                   // the network namespace to run in
  std::string log = {};                       // the file that a Child's errors go to
};

struct Ran {
  int status;  // the exit code; 128 and the signal's number when one ended it
  std::string out;
  std::string err;
};

/// Runs it to its end. command[0] is looked up in PATH; 127 when it is not there.
Ran run_command(const std::vector<std::string>& command, const CommandOptions& options = {});

/// A program beside the test, which ends with the test whatever ends the test.
class Child {
 public:
  explicit Child(const std::vector<std::string>& command, const CommandOptions& options = {});
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// SIGKILL, when it still runs.
  ~Child();

  pid_t pid() const { return pid_; }
  /// The next line of its output, without the newline; "" when it has closed it.
  std::string read_line();
  void signal(int number) const;
  /// Its exit code, as Ran::status.
  int wait();
  bool running();

 private:
  pid_t pid_;
  int output_;
  int status_ = -1;
};

}  // namespace support
