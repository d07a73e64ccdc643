// The certificate, as `doctor` sees it.
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <exception>
#include <memory>
#include <string>

#include "cli/doctor_checks.hpp"
#include "plinth/doctor.hpp"
#include "server/tls_context.hpp"

namespace plinth::cli {

namespace {

constexpr int days_low = 14;

int days_left(SSL_CTX& context) {
  int days = 0;
  int seconds = 0;
  const auto* until = X509_get0_notAfter(SSL_CTX_get0_certificate(&context));
  return ASN1_TIME_diff(&days, &seconds, nullptr, until) == 1 ? days : 0;
}

Finding examine_time(SSL_CTX& context, const std::string& file) {
  constexpr auto subject = "SSL_CERTFILE";
  const auto name = "the certificate in " + file;
  const auto until = server::not_after(context);
  if (server::has_expired(context)) {
    return {Finding::Level::problem, subject, name + " expired at " + until,
            "renew it; a running service takes the new files by itself"};
  }
  if (days_left(context) < days_low) {
    return {Finding::Level::warning, subject, name + " is good until " + until + " only",
            "renew it, and see why nothing renewed it by itself"};
  }
  return {Finding::Level::ok, subject, name + " is good until " + until};
}

// As a client of this host would, with what the file itself brings along.
Finding examine_chain(SSL_CTX& context, const std::string& file) {
  constexpr auto subject = "SSL_CERTFILE";
  const std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> store(X509_STORE_new(),
                                                                 &X509_STORE_free);
  const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> check(X509_STORE_CTX_new(),
                                                                         &X509_STORE_CTX_free);
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(&context, &chain);
  if (!store || !check || X509_STORE_set_default_paths(store.get()) != 1 ||
      X509_STORE_CTX_init(check.get(), store.get(), SSL_CTX_get0_certificate(&context), chain) !=
          1) {
    return {Finding::Level::warning, subject, "its chain could not be checked"};
  }
  if (X509_verify_cert(check.get()) == 1) {
    return {Finding::Level::ok, subject, "its chain leads to an authority that this host trusts"};
  }
  return {Finding::Level::warning, subject,
          std::string("its chain leads to no authority that this host trusts: ") +
              X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get())),
          "put the intermediate certificates behind it in " + file +
              ", as fullchain.pem has them, unless your clients know its authority"};
}

}  // namespace

Findings examine_tls(const ServerOptions& options) {
  Findings findings;
  if (options.ssl_certfile.empty()) return findings;
  try {
    const auto context = server::make_tls_context(options);
    findings.push_back(examine_time(*context, options.ssl_certfile));
    findings.push_back(examine_chain(*context, options.ssl_certfile));
    const auto& key = options.ssl_keyfile.empty() ? options.ssl_certfile : options.ssl_keyfile;
    for (auto& finding : check_private_file("SSL_KEYFILE", key)) {
      findings.push_back(std::move(finding));
    }
  } catch (const std::exception& error) {
    findings.push_back({Finding::Level::problem, "TLS", error.what(),
                        "name files that this process may read, and that belong together"});
  }
  return findings;
}

}  // namespace plinth::cli
