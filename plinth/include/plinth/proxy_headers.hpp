// Who asked, as a proxy in front tells it. Stands for uvicorn's ProxyHeadersMiddleware.
//
//   app.use(ProxyHeaders{.trusted_hosts = {"10.0.0.0/8"}});   // used last: outermost
//
// Only a peer whose address is trusted is believed, and only about the hop before it: of
// "X-Forwarded-For: spoofed, 203.0.113.7, 10.0.0.2" from 10.0.0.1 the client is 203.0.113.7, the
// first from the right that is not trusted. What others send has no effect.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace plinth {

namespace detail {
struct Middleware;
}

enum class ForwardedBy : std::uint8_t {
  x_forwarded,  // X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host
  forwarded,    // Forwarded, RFC 7239
};

/// Sets Request::client_host, client_port (0: not told) and scheme before anything else sees them.
/// Source: uvicorn 0.53, middleware/proxy_headers.py
///
/// trusted_hosts   addresses and networks of the proxies: "127.0.0.1", "10.0.0.0/8",
/// "2001:db8::/32";
///                 "*" believes every peer, and then the left-most address, which anybody can forge
/// fields          which of them the proxy sets: one that it does not set it hands on as the client
///                 sent it, so only one kind is read
/// forwarded_host  also Request::host, for proxies that set X-Forwarded-Host or Forwarded's host
/// throws          std::invalid_argument for what is no address or network, when it is used
struct ProxyHeaders {
  std::vector<std::string> trusted_hosts = {"127.0.0.1"};
  ForwardedBy fields = ForwardedBy::x_forwarded;
  bool forwarded_host = false;
};

std::unique_ptr<detail::Middleware> make_middleware(ProxyHeaders options);

}  // namespace plinth
