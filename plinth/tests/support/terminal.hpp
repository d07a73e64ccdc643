// A program on a terminal of its own, as a person runs it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace support {

class Terminal {
 public:
  /// `environment` is "NAME=value", beside the test's own; the program runs in the root folder.
  explicit Terminal(const std::vector<std::string>& command,
                    const std::vector<std::string>& environment = {});
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  /// SIGKILL, when it still runs.
  ~Terminal();

  /// Waits until the screen shows this; false when the program ends without.
  bool wait_for(std::string_view text);
  void type(std::string_view keys) const;
  /// Waits for its end; gives the exit code, as Ran::status.
  int wait();
  /// All that was shown so far.
  const std::string& screen() const { return screen_; }

 private:
  bool read_more();

  pid_t pid_ = -1;
  int terminal_ = -1;
  std::string screen_;
  std::size_t searched_ = 0;
};

}  // namespace support
