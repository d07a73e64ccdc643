#include "server/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string_view>

#include "base/log.hpp"
#include "base/process_metrics.hpp"

namespace plinth::server {
namespace {

// Source: Mozilla's Server Side TLS 5.7, "intermediate", without finite-field Diffie-Hellman: no
// client of today needs it, and it lets a stranger burn the processor (CVE-2002-20001).
constexpr auto ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr auto groups = "X25519:P-256:P-384";

std::string openssl_error() {
  std::array<char, 256> words{};
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  if (const auto* reason = ERR_reason_error_string(code)) return reason;
  ERR_error_string_n(code, words.data(), words.size());
  return words.data();
}

[[noreturn]] void refuse(const char* setting, const std::string& file, const std::string& why) {
  throw std::runtime_error(std::string(setting) + ": " + file + ": " + why);
}

// OpenSSL would say "no start line" of a file that is not there.
void check_readable(const char* setting, const std::string& file) {
  std::FILE* opened = std::fopen(file.c_str(), "re");
  if (!opened) refuse(setting, file, std::strerror(errno));
  std::fclose(opened);
}

// Without one OpenSSL would ask on the terminal.
int give_password(char* to, int size, int, void* password) {
  const auto& text = *static_cast<const std::string*>(password);
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(to, text.data(), text.size());
  return static_cast<int>(text.size());
}

void load_files(SSL_CTX& context, const ServerOptions& options) {
  const auto& certificate = options.ssl_certfile;
  const auto& key = options.ssl_keyfile.empty() ? certificate : options.ssl_keyfile;
  check_readable("SSL_CERTFILE", certificate);
  check_readable("SSL_KEYFILE", key);
  if (SSL_CTX_use_certificate_chain_file(&context, certificate.c_str()) != 1) {
    refuse("SSL_CERTFILE", certificate, "is no certificate in PEM form (" + openssl_error() + ")");
  }
  auto password = options.ssl_keyfile_password;
  SSL_CTX_set_default_passwd_cb(&context, give_password);
  SSL_CTX_set_default_passwd_cb_userdata(&context, &password);
  const bool loaded = SSL_CTX_use_PrivateKey_file(&context, key.c_str(), SSL_FILETYPE_PEM) == 1;
  // A key of the same kind is compared when it is loaded, one of another kind only here.
  if (loaded && SSL_CTX_check_private_key(&context) == 1) return;
  const auto code = ERR_peek_error();
  if (loaded ||
      (ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH)) {
    ERR_clear_error();
    refuse("SSL_KEYFILE", key, "is not the key of the certificate in " + certificate);
  }
  refuse("SSL_KEYFILE", key,
         "is no private key in PEM form, or SSL_KEYFILE_PASSWORD is not its password (" +
             openssl_error() + ")");
}

// Who offers a choice without HTTP/1.1 is refused (RFC 7301 3.2).
int select_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  constexpr std::string_view http = "http/1.1";
  std::string_view rest(reinterpret_cast<const char*>(offered), offered_size);
  while (!rest.empty()) {
    const auto length = static_cast<unsigned char>(rest.front());
    const auto name = rest.substr(1, length);
    if (name == http) {
      *chosen = reinterpret_cast<const unsigned char*>(name.data());
      *size = length;
      return SSL_TLSEXT_ERR_OK;
    }
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 1U + length));
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

std::shared_ptr<SSL_CTX> make_tls_context(const ServerOptions& options) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) throw std::runtime_error("TLS: " + openssl_error());
  load_files(*context, options);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  // A connection that waits gives its 34 KiB of buffers back.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_set_cipher_list(context.get(), ciphers) != 1 ||
      SSL_CTX_set1_groups_list(context.get(), groups) != 1) {
    throw std::runtime_error("TLS: " + openssl_error());
  }
  // Tickets hold what a session is resumed from, so that nothing is shared or kept here.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  constexpr std::string_view name = "plinth";
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>(name.data()),
                                 name.size());
  SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
  return context;
}

namespace {

void tell_expiry(SSL_CTX& context) {
  std::tm parts{};
  const auto* certificate = SSL_CTX_get0_certificate(&context);
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return;
  std::array<char, 256> subject{};
  X509_NAME_oneline(X509_get_subject_name(certificate), subject.data(),
                    static_cast<int>(subject.size()));
  base::process_metrics()
      .certificate_expiry.with({subject.data()})
      .set(static_cast<double>(::timegm(&parts)));
}

}  // namespace

std::string not_after(SSL_CTX& context) {
  std::tm parts{};
  std::array<char, 32> text{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(&context)), &parts) == 1) {
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  }
  return text.data();
}

bool has_expired(SSL_CTX& context) {
  return X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(&context))) < 0;
}

void log_certificate(SSL_CTX& context) {
  tell_expiry(context);
  std::array<char, 256> subject{};
  X509_NAME_oneline(X509_get_subject_name(SSL_CTX_get0_certificate(&context)), subject.data(),
                    static_cast<int>(subject.size()));
  const auto until = not_after(context);
  const bool expired = has_expired(context);
  base::log(expired ? base::Level::warning : base::Level::info,
            expired ? "the certificate has expired" : "TLS",
            {{"subject", subject.data()}, {"not_after", until}});
}

}  // namespace plinth::server
