// X-Forwarded-* and Forwarded of any bytes. What is taken over is an address, a scheme, a host that
// may stand in a URL. And what a client writes cannot change what is read of a proxy's own element.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "formats/ip_network.hpp"
#include "http/authority.hpp"
#include "middleware/forwarded.hpp"

using namespace plinth;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_origin(const middleware::Origin& origin) {
  check(origin.client_host.empty() || formats::parse_ip_address(origin.client_host).has_value());
  check(origin.scheme.empty() || origin.scheme == "http" || origin.scheme == "https");
  check(origin.host.empty() || http::is_authority(origin.host));
}

middleware::Origin read(const middleware::TrustedHops& trusted, ForwardedBy fields,
                        std::string_view addresses, std::string_view forwarded) {
  Request request;
  request.headers = {{"x-forwarded-for", addresses},
                     {"x-forwarded-proto", addresses},
                     {"x-forwarded-host", addresses},
                     {"forwarded", forwarded}};
  auto origin = middleware::find_origin(request, trusted, fields);
  check_origin(origin);
  return origin;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const middleware::TrustedHops all({"*"});
  const middleware::TrustedHops some({"10.0.0.0/8"});
  for (const auto fields : {ForwardedBy::x_forwarded, ForwardedBy::forwarded}) {
    read(all, fields, text, text);
    read(some, fields, text, text);
    const auto told = read(some, fields, text + ", 203.0.113.7, 10.0.0.2",
                           text + ", for=\"203.0.113.7:80\";proto=https, for=10.0.0.2");
    check(told.client_host == "203.0.113.7");
    if (fields == ForwardedBy::forwarded) check(told.scheme == "https" && told.host.empty());
  }
  if (const auto node = middleware::parse_node(text)) {
    check(formats::parse_ip_address(node->str()) == node);
  }
  if (const auto network = formats::parse_ip_network(text)) {
    check(formats::parse_ip_network(network->str())->str() == network->str());
    check(network->contains(network->address));
  }
  return 0;
}
