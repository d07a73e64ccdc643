#include "http_client/url.hpp"

#include <curl/curl.h>

#include <charconv>
#include <memory>
#include <new>

#include "base/log_escape.hpp"
#include "http/query.hpp"

namespace plinth::http_client {

namespace {

constexpr std::size_t shown_bytes_max = 2048;

using UrlHandle = std::unique_ptr<CURLU, void (*)(CURLU*)>;

std::string quoted_url(std::string_view url) {
  std::string text = "\"";
  const auto query = url.find_first_of("?#");
  base::append_plain(text, url.substr(0, query), shown_bytes_max);
  return text + "\"";
}

UrlHandle make_handle() {
  UrlHandle handle(::curl_url(), &::curl_url_cleanup);
  if (!handle) throw std::bad_alloc();
  return handle;
}

// "" when it has none.
std::string part_of(CURLU* handle, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (::curl_url_get(handle, part, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, void (*)(void*)> held(text, &::curl_free);
  return text;
}

// On a handle that has a URL, `url` may be relative to it.
void set_url(CURLU* handle, std::string_view url) {
  // A URL of bytes that are no text, or of several lines, is somebody's attempt.
  const auto result = ::curl_url_set(handle, CURLUPART_URL, std::string(url).c_str(),
                                     CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME);
  if (result != CURLUE_OK || url.find('\0') != std::string_view::npos) {
    throw InvalidUrl(quoted_url(url) + " is no URL: " + ::curl_url_strerror(result));
  }
  const auto scheme = part_of(handle, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    throw UnsupportedProtocol(quoted_url(url) + ": only http:// and https:// are called");
  }
  ::curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
}

bool has_scheme(std::string_view url) {
  const auto colon = url.find(':');
  return colon != std::string_view::npos && colon > 0 &&
         url.substr(0, colon).find_first_of("/?#") == std::string_view::npos;
}

std::string joined(std::string_view base, std::string_view url) {
  if (has_scheme(url)) return std::string(url);
  if (base.empty()) {
    throw UnsupportedProtocol(quoted_url(url) +
                              ": the URL has no http:// or https://, and the client no base_url");
  }
  while (base.ends_with('/')) base.remove_suffix(1);
  if (url.empty()) return std::string(base);
  while (url.starts_with('/')) url.remove_prefix(1);
  return std::string(base) + (url.starts_with('?') ? "" : "/") + std::string(url);
}

}  // namespace

std::string merge_url(std::string_view base, std::string_view url,
                      const RequestOptions::Pairs& params) {
  const auto handle = make_handle();
  set_url(handle.get(), joined(base, url));
  auto whole = part_of(handle.get(), CURLUPART_URL);
  if (params.empty()) return whole;
  whole += whole.find('?') == std::string::npos ? '?' : '&';
  return whole + encode_pairs(params, false);
}

std::string redirect_url(const std::string& url, const std::string& location) {
  const auto handle = make_handle();
  set_url(handle.get(), url);
  set_url(handle.get(), location);
  return part_of(handle.get(), CURLUPART_URL);
}

Origin origin_of(const std::string& url) {
  const auto handle = make_handle();
  set_url(handle.get(), url);
  Origin origin{.scheme = part_of(handle.get(), CURLUPART_SCHEME),
                .host = part_of(handle.get(), CURLUPART_HOST)};
  const auto port = part_of(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), origin.port);
  return origin;
}

std::string shown_url(const std::string& url) {
  const auto handle = make_handle();
  try {
    set_url(handle.get(), url);
  } catch (const HttpClientError&) {
    return quoted_url(url);
  }
  for (const auto part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY}) {
    ::curl_url_set(handle.get(), part, nullptr, 0);
  }
  return part_of(handle.get(), CURLUPART_URL);
}

std::string encode_pairs(const RequestOptions::Pairs& pairs, bool plus_for_space) {
  const auto encode = [&](const std::string& text) {
    auto encoded = http::percent_encode(text, "-._~");
    if (!plus_for_space) return encoded;
    for (std::size_t at = 0; (at = encoded.find("%20", at)) != std::string::npos; ++at) {
      encoded.replace(at, 3, "+");
    }
    return encoded;
  };
  std::string text;
  for (const auto& [name, value] : pairs) {
    text.append(text.empty() ? "" : "&").append(encode(name)).append("=").append(encode(value));
  }
  return text;
}

}  // namespace plinth::http_client
