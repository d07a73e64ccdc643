#include "http_client/transfer.hpp"

#include <algorithm>
#include <new>
#include <string_view>

#include "base/log_escape.hpp"
#include "base/monotonic.hpp"
#include "http_client/url.hpp"

namespace plinth::http_client {

namespace {

constexpr std::size_t words_bytes_max = 512;
constexpr std::size_t header_fields_max = 1000;
constexpr std::size_t head_bytes_max = 262'144;

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  if (const auto result = ::curl_easy_setopt(curl, option, value); result != CURLE_OK) {
    throw TransportError(std::string("libcurl: ") + ::curl_easy_strerror(result));
  }
}

bool is_token(std::string_view name) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           marks.find(c) != std::string_view::npos;
  });
}

void add_field(Transfer& transfer, const std::string& line) {
  auto* longer = ::curl_slist_append(transfer.headers.get(), line.c_str());
  if (!longer) throw std::bad_alloc();
  transfer.headers.release();  // NOLINT(bugprone-unused-return-value): it is the begin of `longer`
  transfer.headers.reset(longer);
}

void set_fields(Transfer& transfer) {
  for (const auto& [name, value] : transfer.request.headers) {
    if (!is_token(name) || value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos) {
      std::string shown;
      base::append_plain(shown, name, words_bytes_max);
      throw LocalProtocolError("the header field \"" + shown +
                               "\" is malformed: no line breaks, no NUL, a name of letters");
    }
    // "name:" would take a field out; "name;" is one without a value.
    add_field(transfer, value.empty() ? name + ";" : name + ": " + value);
  }
  for (const auto* name : {"accept", "content-type", "user-agent"}) {
    if (!transfer.request.headers.contains(name)) add_field(transfer, std::string(name) + ":");
  }
  add_field(transfer, "expect:");  // no waiting for 100 Continue
  set(transfer.curl.get(), CURLOPT_HTTPHEADER, transfer.headers.get());
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* of) {
  auto& transfer = *static_cast<Transfer*>(of);
  const auto whole = size * count;
  auto& content = transfer.response.content;
  if (content.size() + whole > transfer.response_bytes_max) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  try {
    content.append(bytes, whole);
  } catch (...) {
    return CURL_WRITEFUNC_ERROR;
  }
  return whole;
}

// A line of the head. Of several heads, 100 Continue and then 200, the last counts.
std::size_t take_field(char* bytes, std::size_t size, std::size_t count, void* of) {
  auto& transfer = *static_cast<Transfer*>(of);
  const auto whole = size * count;
  transfer.head_bytes += whole;
  if (transfer.head_bytes > head_bytes_max) {
    transfer.malformed = true;
    return 0;
  }
  std::string_view line(bytes, whole);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  try {
    auto& headers = transfer.response.headers;
    if (line.starts_with("HTTP/")) {
      headers = {};
      return whole;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return whole;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    if (!is_token(name) || headers.size() >= header_fields_max) {
      transfer.malformed = true;
      return 0;
    }
    headers.append(name, value);
  } catch (...) {
    return 0;
  }
  return whole;
}

int see_progress(void* of, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
  auto& transfer = *static_cast<Transfer*>(of);
  if (received != transfer.received || sent != transfer.sent) {
    transfer.received = received;
    transfer.sent = sent;
    transfer.active_us = base::monotonic_microseconds();
  }
  return 0;
}

int see_connected(void* of, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(of);
  transfer.connected = true;
  transfer.active_us = base::monotonic_microseconds();
  return CURL_PREREQFUNC_OK;
}

void set_callbacks(Transfer& transfer) {
  auto* curl = transfer.curl.get();
  set(curl, CURLOPT_ERRORBUFFER, transfer.words.data());
  set(curl, CURLOPT_PRIVATE, &transfer);
  set(curl, CURLOPT_WRITEFUNCTION, &take_body);
  set(curl, CURLOPT_WRITEDATA, &transfer);
  set(curl, CURLOPT_HEADERFUNCTION, &take_field);
  set(curl, CURLOPT_HEADERDATA, &transfer);
  set(curl, CURLOPT_NOPROGRESS, 0L);
  set(curl, CURLOPT_XFERINFOFUNCTION, &see_progress);
  set(curl, CURLOPT_XFERINFODATA, &transfer);
  set(curl, CURLOPT_PREREQFUNCTION, &see_connected);
  set(curl, CURLOPT_PREREQDATA, &transfer);
}

void set_request(Transfer& transfer) {
  auto* curl = transfer.curl.get();
  const auto& request = transfer.request;
  if (!is_token(request.method)) throw LocalProtocolError("the method is malformed");
  set(curl, CURLOPT_URL, request.url.c_str());
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(curl, CURLOPT_HTTP09_ALLOWED, 0L);
  // The form that was sent: gzip and deflate are taken off.
  if (request.headers.get("accept-encoding") == "gzip, deflate") {
    set(curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  }
  if (request.method == "HEAD") {
    set(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool has_body = !request.content.empty() || request.method == "POST" ||
                        request.method == "PUT" || request.method == "PATCH";
  if (has_body) {
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.content.size()));
    set(curl, CURLOPT_POSTFIELDS, request.content.c_str());
  }
  set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_connection(Transfer& transfer, const AsyncClientOptions& options) {
  auto* curl = transfer.curl.get();
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_MAXAGE_CONN, std::max(1L, options.keepalive_expiry_ms / 1000L));
  // 0 would be libcurl's own limit of five minutes.
  constexpr long connect_ms_any = 86'400'000;
  set(curl, CURLOPT_CONNECTTIMEOUT_MS,
      transfer.limits.timeout_ms > 0 ? static_cast<long>(transfer.limits.timeout_ms)
                                     : connect_ms_any);
  if (transfer.limits.total_ms_max > 0) {
    set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(transfer.limits.total_ms_max));
  }
  set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(curl, CURLOPT_SSL_VERIFYPEER, options.verify ? 1L : 0L);
  set(curl, CURLOPT_SSL_VERIFYHOST, options.verify ? 2L : 0L);
  if (!options.ca_file.empty()) set(curl, CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.cert_file.empty()) {
    const auto& key = options.key_file.empty() ? options.cert_file : options.key_file;
    set(curl, CURLOPT_SSLCERT, options.cert_file.c_str());
    set(curl, CURLOPT_SSLKEY, key.c_str());
  }
  if (!options.proxy.empty()) {
    set(curl, CURLOPT_PROXY, options.proxy.c_str());
  } else if (!options.trust_env) {
    set(curl, CURLOPT_PROXY, "");
  }
}

template <class Error>
std::exception_ptr make(const Transfer& transfer, const std::string& why) {
  return std::make_exception_ptr(Error(transfer.described() + ": " + why));
}

}  // namespace

std::string Transfer::described() const { return request.method + " " + shown_url(request.url); }

void prepare(const std::shared_ptr<Transfer>& transfer, const AsyncClientOptions& options) {
  transfer->curl.reset(::curl_easy_init());
  if (!transfer->curl) throw std::bad_alloc();
  transfer->response_bytes_max = options.response_bytes_max;
  set_callbacks(*transfer);
  set_request(*transfer);
  set_fields(*transfer);
  set_connection(*transfer, options);
}

std::exception_ptr error_of(const Transfer& transfer, CURLcode result) {
  if (result == CURLE_OK) return nullptr;
  std::string why;
  base::append_plain(why,
                     *transfer.words.data() ? transfer.words.data() : ::curl_easy_strerror(result),
                     words_bytes_max);
  if (transfer.too_large) {
    return make<ResponseTooLarge>(transfer, "the answer is longer than " +
                                                std::to_string(transfer.response_bytes_max) +
                                                " bytes (response_bytes_max)");
  }
  if (transfer.malformed)
    return make<RemoteProtocolError>(transfer, "its head is malformed or too long");
  switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
      return transfer.connected ? make<ReadTimeout>(transfer, why)
                                : make<ConnectTimeout>(transfer, why);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
      return make<ConnectError>(transfer, why);
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return make<ProxyError>(transfer, why);
    case CURLE_BAD_CONTENT_ENCODING:
      return make<DecodingError>(transfer, why);
    case CURLE_SEND_ERROR:
      return make<WriteError>(transfer, why);
    case CURLE_RECV_ERROR:
      return make<ReadError>(transfer, why);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return make<UnsupportedProtocol>(transfer, why);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_WEIRD_SERVER_REPLY:
      return make<RemoteProtocolError>(transfer, why);
    default:
      return make<TransportError>(transfer, why);
  }
}

}  // namespace plinth::http_client
