// What a program beside the test logs, read while it grows; gone after the test.
//
//   const LogFile log;
//   Child server({APP_BINARY, "serve", "--port", "0"}, {.log = log.path()});
//   HttpClient client(log.port());
#pragma once

#include <cstdint>
#include <string>

namespace support {

class LogFile {
 public:
  LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile();

  const std::string& path() const { return path_; }
  std::string text() const;
  /// False when the text has not come in a minute.
  bool wait_for(const std::string& text) const;
  /// Of the server that logs here, once it serves. Throws std::runtime_error with the log's text
  /// when it does not.
  std::uint16_t port() const;

 private:
  std::string path_;
};

}  // namespace support
