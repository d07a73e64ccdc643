// Clients that ask one server the same thing again and again, and note every answer that did not
// come whole.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace support {

struct HttpLoadOptions {
  std::uint16_t port = 0;
  std::string target = "/";
  std::string body = {};     // of every answer
  int kept = 4;              // clients that keep their connection while the server does
  int fresh = 4;             // clients that connect for each request
  bool tls = false;          // the certificate is not looked at
  bool server_ends = false;  // a refused connection is no loss: that client has finished
};

class HttpLoad {
 public:
  /// Asks from now on.
  explicit HttpLoad(HttpLoadOptions options);
  HttpLoad(const HttpLoad&) = delete;
  HttpLoad& operator=(const HttpLoad&) = delete;
  ~HttpLoad() { stop(); }

  /// Returns when each client has had its last answer.
  void stop();
  /// Returns when so many more answers have come than before, or every client has finished.
  void wait_for(std::size_t more);

  std::size_t answered() const { return answered_; }
  /// What happened to each request without a whole answer, a line each; "" is as it should be.
  std::string lost() const;

 private:
  void ask(bool keep);
  void note(const std::string& what);

  const HttpLoadOptions options_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::size_t> answered_ = 0;
  std::atomic<std::size_t> asking_ = 0;
  mutable std::mutex mutex_;
  std::string lost_;
  std::vector<std::thread> threads_;
};

}  // namespace support
