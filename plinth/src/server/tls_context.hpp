// What the TLS sessions of a server share: certificate, key, ciphers.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "plinth/server.hpp"

namespace plinth::server {

/// TLS 1.2 and 1.3 with Mozilla's "intermediate" ciphers, HTTP/1.1 by ALPN, resumption by tickets
/// whose keys live as long as the context. Reads the files; throws std::runtime_error with a
/// sentence that names the setting, the file and what is wrong with it.
std::shared_ptr<SSL_CTX> make_tls_context(const ServerOptions& options);

/// The end of the certificate's time, "2027-01-31T12:00:00Z", and whether that is past.
std::string not_after(SSL_CTX& context);
bool has_expired(SSL_CTX& context);

/// Says in the log which certificate is served from now on, and until when it may be.
void log_certificate(SSL_CTX& context);

}  // namespace plinth::server
