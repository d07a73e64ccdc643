// TLS over a socket that does not block.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "redis/url.hpp"

namespace plinth::redis {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslHandle = std::unique_ptr<SSL, FreeSsl>;

/// A client's end, whose certificates are read: may block for the disk. Throws std::runtime_error.
SslHandle make_ssl(const Url& url);
/// Reads and writes through the socket, which must outlive it.
void attach(SSL& ssl, int socket);
/// Why the last operation failed, in words that name the fix.
std::string failure_of(SSL& ssl);

}  // namespace plinth::redis
