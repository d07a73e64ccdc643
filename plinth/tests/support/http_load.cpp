#include "support/http_load.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <string_view>

namespace support {

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

enum class Outcome : std::uint8_t { whole, refused, lost };

// One connection, blocking.
class Line {
 public:
  Line(std::uint16_t port, SSL_CTX* tls) : port_(port), context_(tls) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() { close(); }

  bool is_open() const { return socket_ >= 0; }
  void close() {
    ssl_.reset();
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
    buffer_.clear();
  }

  Outcome open() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
      why_ = "connect: " + std::string(std::strerror(errno));
      const bool refused = errno == ECONNREFUSED;
      close();
      return refused ? Outcome::refused : Outcome::lost;
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!context_) return Outcome::whole;
    ssl_.reset(SSL_new(context_));
    SSL_set_fd(ssl_.get(), socket_);
    if (SSL_connect(ssl_.get()) == 1) return Outcome::whole;
    why_ = "the TLS handshake failed";
    close();
    return Outcome::lost;
  }

  Outcome exchange(const std::string& request, const std::string& body) {
    if (!write(request)) return lose("the request could not be written");
    std::size_t head = 0;
    while ((head = buffer_.find("\r\n\r\n")) == buffer_.npos) {
      if (!read()) {
        return lose(buffer_.empty() ? "closed without an answer" : "the head was cut off");
      }
    }
    const std::string start = buffer_.substr(0, head + 4);
    if (!start.starts_with("HTTP/1.1 200 ")) return lose("answered " + start.substr(0, 30));
    while (buffer_.size() < start.size() + body.size()) {
      if (!read()) return lose("the body was cut off");
    }
    if (buffer_.substr(start.size()) != body) return lose("the body is another");
    buffer_.clear();
    if (start.find("\r\nconnection: close\r\n") != start.npos) close();
    return Outcome::whole;
  }
  const std::string& why() const { return why_; }

 private:
  Outcome lose(const std::string& why) {
    why_ = why + (errno != 0 ? std::string(" (") + std::strerror(errno) + ")" : "");
    close();
    return Outcome::lost;
  }
  bool write(std::string_view text) {
    if (ssl_) return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0;
    return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }
  bool read() {
    char bytes[65'536];
    errno = 0;
    const auto size = ssl_ ? SSL_read(ssl_.get(), bytes, sizeof bytes)
                           : static_cast<int>(::recv(socket_, bytes, sizeof bytes, 0));
    if (size <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  const std::uint16_t port_;
  SSL_CTX* context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  int socket_ = -1;
  std::string buffer_;
  std::string why_;
};

}  // namespace

HttpLoad::HttpLoad(HttpLoadOptions options) : options_(std::move(options)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  asking_ = static_cast<std::size_t>(options_.kept + options_.fresh);
  for (int i = 0; i < options_.kept + options_.fresh; ++i) {
    threads_.emplace_back([this, keep = i < options_.kept] {
      ask(keep);
      --asking_;
    });
  }
}

void HttpLoad::ask(bool keep) {
  const std::unique_ptr<SSL_CTX, FreeContext> tls(options_.tls ? SSL_CTX_new(TLS_client_method())
                                                               : nullptr);
  const std::string request = "GET " + options_.target + " HTTP/1.1\r\nHost: localhost\r\n" +
                              (keep ? "" : "Connection: close\r\n") + "\r\n";
  Line line(options_.port, tls.get());
  while (!stopped_) {
    auto outcome = line.is_open() ? Outcome::whole : line.open();
    if (outcome == Outcome::whole) outcome = line.exchange(request, options_.body);
    if (outcome == Outcome::refused && options_.server_ends) return;
    if (outcome == Outcome::whole) {
      ++answered_;
    } else {
      note(std::string(keep ? "kept: " : "fresh: ") + line.why());
    }
  }
}

void HttpLoad::note(const std::string& what) {
  const std::lock_guard lock(mutex_);
  lost_ += what + "\n";
}

void HttpLoad::stop() {
  stopped_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void HttpLoad::wait_for(std::size_t more) {
  const auto wanted = answered_ + more;
  while (answered_ < wanted && asking_ > 0) std::this_thread::yield();
}

std::string HttpLoad::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

}  // namespace support
