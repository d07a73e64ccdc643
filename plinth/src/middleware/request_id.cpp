// Gives every request an id.
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "plinth/detail/middleware.hpp"
#include "plinth/middleware.hpp"

namespace plinth {
namespace {

constexpr std::size_t id_bytes_limit = 128;

// xoshiro256** (Blackman, Vigna 2018). Ids must differ, they need not be secret: 2 ns instead of a
// system call.
class Generator {
 public:
  Generator() {
    while (::getrandom(state_.data(), sizeof state_, 0) != sizeof state_) {
    }
  }

  std::uint64_t next() {
    const auto result = std::rotl(state_[1] * 5, 7) * 9;
    const auto shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

void put_digits(char* out, std::uint64_t bits) {
  for (int i = 15; i >= 0; --i, bits >>= 4) out[i] = "0123456789abcdef"[bits & 15];
}

std::string make_id() {
  thread_local Generator generator;
  std::string id(32, '0');
  put_digits(id.data(), generator.next());
  put_digits(id.data() + 16, generator.next());
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
