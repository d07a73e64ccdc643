#include "tracing/collector.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>
#include <stdexcept>

#include "base/clock.hpp"
#include "http/characters.hpp"
#include "http/gzip.hpp"

namespace plinth::tracing {
namespace {

constexpr std::size_t answer_bytes_max = 64 * 1024;
constexpr std::size_t shown_body_bytes = 200;

struct CurlDeleter {
  void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* of) {
  auto& body = *static_cast<std::string*>(of);
  body.append(bytes, std::min(size * count, answer_bytes_max - body.size()));
  return size * count;
}

int see_progress(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto at = static_cast<const std::atomic<std::int64_t>*>(of)->load();
  return at != 0 && base::monotonic_ms() >= at ? 1 : 0;
}

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  if (const auto result = ::curl_easy_setopt(curl, option, value); result != CURLE_OK) {
    throw std::runtime_error(std::string("libcurl: ") + ::curl_easy_strerror(result));
  }
}

std::string without_user(const std::string& url) {
  const auto begin = url.find("://");
  if (begin == std::string::npos) return url;
  const auto end = std::min(url.find('/', begin + 3), url.size());
  const auto at = url.rfind('@', end);
  if (at == std::string::npos || at < begin) return url;
  return url.substr(0, begin + 3) + url.substr(at + 1);
}

void check_headers(const std::vector<std::pair<std::string, std::string>>& headers) {
  for (const auto& [name, value] : headers) {
    if (!std::ranges::all_of(name, http::is_token)) {
      throw std::invalid_argument("OTLP headers: \"" + name + "\" is no name of a header");
    }
    const auto is_fit = [](char c) { return http::is(http::kind::value, c); };
    if (!std::ranges::all_of(value, is_fit)) {
      throw std::invalid_argument("OTLP headers: the value of \"" + name +
                                  "\" has characters that no header may have");
    }
  }
}

}  // namespace

struct Collector::Handle {
  explicit Handle(const CollectorOptions& options) {
    // Thread-safe, and counted.
    static const CURLcode started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error("libcurl does not start");
    curl.reset(::curl_easy_init());
    if (!curl) throw std::bad_alloc();
    set(curl.get(), CURLOPT_URL, options.url.c_str());
    set(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    set(curl.get(), CURLOPT_NOSIGNAL, 1L);
    set(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms));
    set(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout_ms));
    set(curl.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options.certificate.empty()) {
      set(curl.get(), CURLOPT_CAINFO, options.certificate.c_str());
    }
    set(curl.get(), CURLOPT_POST, 1L);
    set(curl.get(), CURLOPT_USERAGENT, "plinth/" PLINTH_VERSION);
    set(curl.get(), CURLOPT_WRITEFUNCTION, &take_body);
    set(curl.get(), CURLOPT_NOPROGRESS, 0L);
    set(curl.get(), CURLOPT_XFERINFOFUNCTION, &see_progress);
    set(curl.get(), CURLOPT_ERRORBUFFER, error.data());
    add("content-type: application/json");
    if (options.gzip) add("content-encoding: gzip");
    add("expect:");
    for (const auto& [name, value] : options.headers) add(name + ": " + value);
    set(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  }

  void add(const std::string& line) {
    auto* longer = ::curl_slist_append(headers.get(), line.c_str());
    if (!longer) throw std::bad_alloc();
    headers.release();  // NOLINT(bugprone-unused-return-value): it is the begin of `longer`
    headers.reset(longer);
  }

  std::array<char, CURL_ERROR_SIZE> error{};
  std::unique_ptr<curl_slist, CurlDeleter> headers;
  std::unique_ptr<CURL, CurlDeleter> curl;
};

Collector::Collector(CollectorOptions options)
    : options_(std::move(options)), shown_url_(without_user(options_.url)) {
  if (!options_.url.starts_with("http://") && !options_.url.starts_with("https://")) {
    throw std::invalid_argument("OTLP endpoint \"" + shown_url_ +
                                "\": use http:// or https://, as http://localhost:4318");
  }
  check_headers(options_.headers);
}
Collector::~Collector() = default;

Answer Collector::post(const std::string& json, const std::atomic<std::int64_t>& give_up_ms) {
  if (!handle_) handle_ = std::make_unique<Handle>(options_);
  const auto compressed = options_.gzip ? http::gzip(json, 6) : std::string();
  const auto& body = options_.gzip ? compressed : json;
  auto* curl = handle_->curl.get();
  Answer answer;
  set(curl, CURLOPT_POSTFIELDS, body.data());
  set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  set(curl, CURLOPT_WRITEDATA, &answer.body);
  set(curl, CURLOPT_XFERINFODATA, const_cast<std::atomic<std::int64_t>*>(&give_up_ms));
  handle_->error[0] = 0;
  if (const auto result = ::curl_easy_perform(curl); result != CURLE_OK) {
    answer.why = result == CURLE_ABORTED_BY_CALLBACK ? "no answer came before the end"
                 : handle_->error[0] != 0            ? handle_->error.data()
                                                     : ::curl_easy_strerror(result);
    return answer;
  }
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  if (answer.is_success()) return answer;
  curl_off_t retry_after = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  answer.retry_after_s = std::max<std::int64_t>(0, retry_after);
  answer.why = "status " + std::to_string(answer.status);
  if (!answer.body.empty()) answer.why += ": " + answer.body.substr(0, shown_body_bytes);
  return answer;
}

}  // namespace plinth::tracing
