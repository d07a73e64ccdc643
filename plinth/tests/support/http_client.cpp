#include "support/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace support {

struct HttpClient::Tls {
  explicit Tls(const std::string& ca_file) : context(SSL_CTX_new(TLS_client_method())) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
      throw std::runtime_error("no certificates are in " + ca_file);
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  SSL_CTX* context;
  SSL* ssl = nullptr;
};

HttpClient::HttpClient(std::uint16_t port, HttpClientOptions options)
    : port_(port), options_(std::move(options)) {
  if (!options_.ca_file.empty()) tls_ = std::make_unique<Tls>(options_.ca_file);
}

HttpClient::~HttpClient() { close(); }

bool HttpClient::begin_tls() {
  tls_->ssl = SSL_new(tls_->context);
  SSL_set_fd(tls_->ssl, socket_);
  return SSL_connect(tls_->ssl) == 1;
}

bool HttpClient::write(std::string_view bytes) {
  if (tls_) return SSL_write(tls_->ssl, bytes.data(), static_cast<int>(bytes.size())) > 0;
  return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

long HttpClient::read(char* bytes, int size) {
  if (tls_) return SSL_read(tls_->ssl, bytes, size);
  return ::recv(socket_, bytes, static_cast<std::size_t>(size), 0);
}

bool HttpClient::connect() {
  if (socket_ >= 0) return true;
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Longer than any limit of the server: a reply that does not come is a failure, not a hang.
  const timeval patience{.tv_sec = 60, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (!options_.source.empty()) {
    ::inet_pton(AF_INET, options_.source.c_str(), &address.sin_addr);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close();
      return false;
    }
  }
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      (!tls_ || begin_tls())) {
    return true;
  }
  close();
  return false;
}

void HttpClient::close() {
  if (tls_) SSL_free(std::exchange(tls_->ssl, nullptr));
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  buffer_.clear();
}

bool HttpClient::send(std::string_view method, std::string_view target, std::string_view body,
                      std::string_view bearer, std::string_view fields) {
  if (!connect()) return false;
  std::string bytes = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nhost: a\r\n";
  bytes += fields;
  if (!bearer.empty()) bytes += "authorization: Bearer " + std::string(bearer) + "\r\n";
  if (!body.empty()) {
    bytes +=
        "content-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n";
  }
  bytes += "\r\n" + std::string(body);
  return write(bytes);
}

HttpReply HttpClient::receive() {
  constexpr std::string_view name = "\r\ncontent-length: ";
  for (;;) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto head = buffer_.substr(0, end + 4);
      const auto field = head.find(name);
      const auto size =
          field == std::string::npos ? 0 : std::stoul(head.substr(field + name.size()));
      if (buffer_.size() >= head.size() + size) {
        HttpReply reply{std::stoi(head.substr(9, 3)), head, buffer_.substr(head.size(), size)};
        buffer_.erase(0, head.size() + size);
        if (head.find("\r\nconnection: close") != std::string::npos) close();
        return reply;
      }
    }
    char bytes[16'384];
    const auto got = read(bytes, sizeof bytes);
    if (got <= 0) {
      close();
      return {};
    }
    buffer_.append(bytes, static_cast<std::size_t>(got));
  }
}

HttpReply HttpClient::request(std::string_view method, std::string_view target,
                              std::string_view body, std::string_view bearer,
                              std::string_view fields) {
  if (!send(method, target, body, bearer, fields)) {
    // The server closed an idle connection, which every client has to expect.
    close();
    if (!send(method, target, body, bearer, fields)) {
      close();
      return {};
    }
  }
  return receive();
}

}  // namespace support
