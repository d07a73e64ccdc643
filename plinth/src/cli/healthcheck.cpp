#include <curl/curl.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"

namespace plinth::cli {

namespace {

constexpr std::string_view healthcheck_options[] = {"--url", "--timeout"};

struct HealthcheckDeleter {
  void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
  void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
  void operator()(char* text) const { ::curl_free(text); }
};

// What `serve` answers on when it is told nothing else.
std::string usual_url(const Program& program) {
  const auto serving = program.server_options ? program.server_options() : ServerOptions();
  const char* scheme = serving.ssl_certfile.empty() ? "http" : "https";
  return scheme + std::string("://127.0.0.1:") + std::to_string(serving.port) + "/health";
}

// A process that asks itself does so by an address that no certificate is for.
bool is_loopback(const std::string& url) {
  const std::unique_ptr<CURLU, HealthcheckDeleter> parts(::curl_url());
  char* found = nullptr;
  if (!parts || ::curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      ::curl_url_get(parts.get(), CURLUPART_HOST, &found, 0) != CURLUE_OK) {
    throw UsageError("--url: \"" + url + "\" is no url; write http://127.0.0.1:8000/health");
  }
  const std::unique_ptr<char, HealthcheckDeleter> host(found);
  const std::string_view name = host.get();
  return name == "127.0.0.1" || name == "localhost" || name == "[::1]";
}

std::size_t ignore_body(char* /*data*/, std::size_t size, std::size_t count, void* /*to*/) {
  return size * count;
}

// The status of the answer. Throws std::runtime_error with the reason when there is none.
long ask_status(const std::string& url, int timeout_seconds) {
  const long verified = is_loopback(url) ? 0 : 1;
  const std::unique_ptr<CURL, HealthcheckDeleter> curl(::curl_easy_init());
  if (!curl) throw std::runtime_error("libcurl does not start");
  bool set = true;
  const auto with = [&](CURLoption option, auto value) {
    set = set && ::curl_easy_setopt(curl.get(), option, value) == CURLE_OK;
  };
  with(CURLOPT_URL, url.c_str());
  with(CURLOPT_PROTOCOLS_STR, "http,https");
  with(CURLOPT_PROXY, "");  // whatever the environment says
  with(CURLOPT_NOSIGNAL, 1L);
  with(CURLOPT_TIMEOUT, static_cast<long>(timeout_seconds));
  with(CURLOPT_SSL_VERIFYPEER, verified);
  with(CURLOPT_SSL_VERIFYHOST, verified * 2);
  with(CURLOPT_USERAGENT, "plinth-healthcheck");
  with(CURLOPT_WRITEFUNCTION, &ignore_body);
  if (!set) throw std::runtime_error("libcurl is too old; 7.85 is needed");
  if (const auto result = ::curl_easy_perform(curl.get()); result != CURLE_OK) {
    throw std::runtime_error(url + ": " + ::curl_easy_strerror(result));
  }
  long status = 0;
  ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

}  // namespace

int healthcheck(const Program& program, std::span<char* const> words) {
  const Arguments arguments = parse_arguments(words, healthcheck_options, {});
  if (!arguments.rest.empty()) throw UsageError("takes no \"" + arguments.rest.front() + "\"");
  auto url = arguments.value_or("--url", "");
  if (url.empty()) url = usual_url(program);

  const long status = ask_status(url, arguments.number_or("--timeout", 3, 1, 3600));
  const bool healthy = status >= 200 && status < 300;
  std::fprintf(healthy ? stdout : stderr, "%s: %ld\n", url.c_str(), status);
  return healthy ? 0 : 1;
}

}  // namespace plinth::cli
