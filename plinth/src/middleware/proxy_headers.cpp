// Sets who asked, and how, from what the proxies in front say.
#include <utility>

#include "middleware/forwarded.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/proxy_headers.hpp"

namespace plinth {

namespace {

class ProxyHeadersMiddleware final : public detail::Middleware {
 public:
  explicit ProxyHeadersMiddleware(ProxyHeaders options)
      : options_(std::move(options)), trusted_(options_.trusted_hosts) {}

  bool before(Request& request, Response&, std::uint64_t&) override {
    if (!trusted_.contains(request.client_host)) return true;
    auto origin = middleware::find_origin(request, trusted_, options_.fields);
    if (!origin.client_host.empty()) {
      request.client_host = std::move(origin.client_host);
      request.client_port = 0;
    }
    if (!origin.scheme.empty()) request.scheme = origin.scheme;
    if (options_.forwarded_host && !origin.host.empty()) request.host = std::move(origin.host);
    return true;
  }

 private:
  ProxyHeaders options_;
  middleware::TrustedHops trusted_;
};

}  // namespace

std::unique_ptr<detail::Middleware> make_middleware(ProxyHeaders options) {
  return std::make_unique<ProxyHeadersMiddleware>(std::move(options));
}

}  // namespace plinth
