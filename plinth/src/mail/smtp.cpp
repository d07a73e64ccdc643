#include "mail/smtp.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include "mail/check.hpp"
#include "mail/dialogue.hpp"

namespace plinth::mail {

namespace {

struct CurlDeleter {
  void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using Curl = std::unique_ptr<CURL, CurlDeleter>;
using Words = std::unique_ptr<curl_slist, CurlDeleter>;

// What libcurl's callbacks see of one delivery.
struct Transfer {
  Dialogue dialogue;
  std::string_view unsent;
  const std::atomic<bool>& closing;
};

std::size_t read_data(char* to, std::size_t size, std::size_t count, void* of) {
  auto& unsent = static_cast<Transfer*>(of)->unsent;
  const auto bytes = std::min(size * count, unsent.size());
  std::memcpy(to, unsent.data(), bytes);
  unsent.remove_prefix(bytes);
  return bytes;
}

// A line of the server's. Any other number than its size ends the delivery.
std::size_t read_reply(char* line, std::size_t size, std::size_t count, void* of) {
  const auto bytes = size * count;
  auto& dialogue = static_cast<Transfer*>(of)->dialogue;
  return dialogue.receive({line, bytes}) ? bytes : 0;
}

int see_command(CURL* /*curl*/, curl_infotype type, char* text, std::size_t size, void* of) {
  if (type == CURLINFO_HEADER_OUT) static_cast<Transfer*>(of)->dialogue.send({text, size});
  return 0;
}

int see_progress(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(of)->closing ? 1 : 0;
}

// Thread-safe since C++11, and before any other use.
void initialise_curl() {
  static const CURLcode done = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw MailError("libcurl does not start", false);
}

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  if (const auto result = ::curl_easy_setopt(curl, option, value); result != CURLE_OK) {
    throw MailError(std::string("libcurl: ") + ::curl_easy_strerror(result), false);
  }
}

long use_ssl(Encryption encryption) {
  switch (encryption) {
    case Encryption::none:
      return CURLUSESSL_NONE;
    case Encryption::offered:
      return CURLUSESSL_TRY;
    case Encryption::required:
    case Encryption::implicit:
      break;
  }
  return CURLUSESSL_ALL;
}

void set_server(CURL* curl, const SmtpUrl& url, const MailerOptions& options) {
  std::string address = url.shown();
  if (!url.local_hostname.empty()) address += "/" + url.local_hostname;
  set(curl, CURLOPT_URL, address.c_str());
  set(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(curl, CURLOPT_PROXY, "");  // whatever the environment says
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms));
  set(curl, CURLOPT_USE_SSL, use_ssl(url.encryption));
  set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!url.ca_file.empty()) set(curl, CURLOPT_CAINFO, url.ca_file.c_str());
  if (!url.user.empty()) {
    set(curl, CURLOPT_USERNAME, url.user.c_str());
    set(curl, CURLOPT_PASSWORD, url.password.c_str());
  }
}

void set_transfer(CURL* curl, Transfer& transfer) {
  set(curl, CURLOPT_UPLOAD, 1L);
  set(curl, CURLOPT_READFUNCTION, &read_data);
  set(curl, CURLOPT_READDATA, &transfer);
  set(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(transfer.unsent.size()));
  set(curl, CURLOPT_HEADERFUNCTION, &read_reply);
  set(curl, CURLOPT_HEADERDATA, &transfer);
  set(curl, CURLOPT_VERBOSE, 1L);  // calls see_command, and prints nothing
  set(curl, CURLOPT_DEBUGFUNCTION, &see_command);
  set(curl, CURLOPT_DEBUGDATA, &transfer);
  set(curl, CURLOPT_NOPROGRESS, 0L);
  set(curl, CURLOPT_XFERINFOFUNCTION, &see_progress);
  set(curl, CURLOPT_XFERINFODATA, &transfer);
}

Words recipients(const std::vector<std::string>& addresses) {
  Words list;
  for (const auto& address : addresses) {
    auto* longer = ::curl_slist_append(list.get(), ("<" + address + ">").c_str());
    if (!longer) throw std::bad_alloc();
    list.release();  // NOLINT(bugprone-unused-return-value): it is the begin of `longer`
    list.reset(longer);
  }
  return list;
}

MailError failure(CURLcode result, const char* text, const SmtpUrl& url, const Transfer& transfer) {
  const auto& dialogue = transfer.dialogue;
  const std::string server = url.shown() + ": ";
  if (transfer.closing) return {server + "given up, for the mailer is closed", false};
  if (dialogue.lacks_smtputf8()) {
    return {server +
                "an address is not ASCII before the @, and the server does not take such "
                "(SMTPUTF8); use another address or server",
            true};
  }
  if (dialogue.code() >= 400) {
    auto words = dialogue.words();
    for (auto at = words.find(url.password); !url.password.empty() && at != std::string::npos;
         at = words.find(url.password, at + 3)) {
      words.replace(at, url.password.size(), "***");
    }
    return {server + dialogue.command() + ": " + without_controls(words), dialogue.code() >= 500,
            dialogue.code()};
  }
  std::string why = *text ? text : ::curl_easy_strerror(result);
  if (result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE) {
    why += "; its certificate is not trusted: name who signed it with ca_file=, see docs/mail.md";
  } else if (result == CURLE_USE_SSL_FAILED) {
    why += "; the server offers no encryption, which a password demands";
  }
  return {server + why, false};
}

}  // namespace

void deliver(const SmtpUrl& url, const MailerOptions& options, const Envelope& envelope,
             const std::atomic<bool>& closing) {
  initialise_curl();
  Transfer transfer{Dialogue(envelope.international), envelope.data, closing};
  std::array<char, CURL_ERROR_SIZE> text{};
  const auto to = recipients(envelope.to);
  const Curl curl(::curl_easy_init());
  if (!curl) throw std::bad_alloc();
  set(curl.get(), CURLOPT_ERRORBUFFER, text.data());
  set_server(curl.get(), url, options);
  set_transfer(curl.get(), transfer);
  set(curl.get(), CURLOPT_MAIL_FROM, ("<" + envelope.from + ">").c_str());
  set(curl.get(), CURLOPT_MAIL_RCPT, to.get());
  if (const auto result = ::curl_easy_perform(curl.get()); result != CURLE_OK) {
    throw failure(result, text.data(), url, transfer);
  }
}

}  // namespace plinth::mail
