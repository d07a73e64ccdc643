// Gives every request an id.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_bits.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/middleware.hpp"

namespace plinth {
namespace {

constexpr std::size_t id_bytes_limit = 128;

std::string make_id() {
  std::string id(32, '0');
  base::put_hex(id.data(), base::unique_bits());
  base::put_hex(id.data() + 16, base::unique_bits());
  return id;
}

bool is_sane(std::string_view id) {
  return !id.empty() && id.size() <= id_bytes_limit &&
         std::ranges::all_of(id, [](char c) { return c > 0x20 && c < 0x7f; });
}

class RequestIdMiddleware final : public detail::Middleware {
 public:
  bool before(Request& request, Response&, std::uint64_t&) override {
    const auto sent = request.header("x-request-id");
    request.request_id = sent && is_sane(*sent) ? std::string(*sent) : make_id();
    return true;
  }

  Task<void> after(const Request& request, Response& response, std::uint64_t) override {
    response.headers.set("x-request-id", request.request_id);
    return {};
  }
};

}  // namespace

std::unique_ptr<detail::Middleware> make_middleware(RequestId) {
  return std::make_unique<RequestIdMiddleware>();
}

}  // namespace plinth
