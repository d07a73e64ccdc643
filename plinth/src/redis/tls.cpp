#include "redis/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <memory>
#include <stdexcept>

namespace plinth::redis {

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextHandle = std::unique_ptr<SSL_CTX, FreeContext>;

std::string openssl_error() {
  std::string text;
  while (const auto code = ERR_get_error()) {
    std::array<char, 256> words{};
    ERR_error_string_n(code, words.data(), words.size());
    if (text.empty()) text = words.data();
  }
  return text.empty() ? "no reason given" : text;
}

void load(bool succeeded, const char* what, const std::string& file) {
  if (!succeeded) {
    throw std::runtime_error("TLS: " + std::string(what) + " cannot be read from " + file + ": " +
                             openssl_error());
  }
}

ContextHandle make_context(const TlsOptions& options) {
  ContextHandle context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw std::runtime_error("TLS: " + openssl_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else {
    load(SSL_CTX_load_verify_locations(context.get(), options.ca_file.c_str(), nullptr) == 1,
         "the authorities of ssl_ca_certs", options.ca_file);
  }
  if (!options.certificate_file.empty()) {
    const auto& key = options.key_file.empty() ? options.certificate_file : options.key_file;
    load(SSL_CTX_use_certificate_chain_file(context.get(), options.certificate_file.c_str()) == 1,
         "the certificate of ssl_certfile", options.certificate_file);
    load(SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) == 1,
         "the key of ssl_keyfile", key);
  }
  SSL_CTX_set_verify(context.get(), options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  return context;
}

// OpenSSL's own socket BIO would let a closed connection end the process by SIGPIPE.
int socket_of(BIO* bio) { return *static_cast<int*>(BIO_get_data(bio)); }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int write_to_socket(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent =
      ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && would_block()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read_from_socket(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (got < 0 && would_block()) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int let_go(BIO* bio) {
  delete static_cast<int*>(BIO_get_data(bio));
  return 1;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "redis socket");
    BIO_meth_set_write(made, write_to_socket);
    BIO_meth_set_read(made, read_from_socket);
    BIO_meth_set_ctrl(made, control);
    BIO_meth_set_destroy(made, let_go);
    return made;
  }();
  return method;
}

}  // namespace

SslHandle make_ssl(const Url& url) {
  const auto context = make_context(url.tls_options);
  SslHandle ssl(SSL_new(context.get()));
  if (!ssl) throw std::runtime_error("TLS: " + openssl_error());
  boost::system::error_code no_address;
  boost::asio::ip::make_address(url.host, no_address);
  if (no_address) SSL_set_tlsext_host_name(ssl.get(), url.host.c_str());
  if (url.tls_options.verify && url.tls_options.check_host) {
    if (no_address) {
      SSL_set1_host(ssl.get(), url.host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), url.host.c_str());
    }
  }
  SSL_set_connect_state(ssl.get());
  return ssl;
}

void attach(SSL& ssl, int socket) {
  BIO* bio = BIO_new(socket_method());
  if (!bio) throw std::runtime_error("TLS: " + openssl_error());
  BIO_set_data(bio, std::make_unique<int>(socket).release());
  BIO_set_init(bio, 1);
  SSL_set_bio(&ssl, bio, bio);
}

std::string failure_of(SSL& ssl) {
  const auto verified = SSL_get_verify_result(&ssl);
  const auto reason = openssl_error();
  if (verified == X509_V_OK) return "TLS: " + reason;
  return std::string("TLS: its certificate is refused: ") +
         X509_verify_cert_error_string(verified) +
         "; name its authority by ?ssl_ca_certs=/path/of/ca.pem";
}

}  // namespace plinth::redis
