// Addresses of calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "plinth/http_client.hpp"

namespace plinth::http_client {

/// `url` as it is when it has a scheme, else behind `base`; with `params` in its query. What a URL
/// cannot hold is percent-encoded. Throws InvalidUrl, and UnsupportedProtocol for what is neither
/// http nor https.
std::string merge_url(std::string_view base, std::string_view url,
                      const RequestOptions::Pairs& params);
/// Where a redirect from `url` leads. Throws likewise.
std::string redirect_url(const std::string& url, const std::string& location);

struct Origin {
  std::string scheme;
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const Origin&) const = default;
};
Origin origin_of(const std::string& url);

/// For people and traces: without user, password, query and fragment, where secrets may be.
std::string shown_url(const std::string& url);

/// "a=1&b=x%20y"
std::string encode_pairs(const RequestOptions::Pairs& pairs, bool plus_for_space);

}  // namespace plinth::http_client
