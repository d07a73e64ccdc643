#include "base/unique_bits.hpp"

#include <sys/random.h>

#include <array>
#include <bit>

namespace plinth::base {
namespace {

// xoshiro256** (Blackman, Vigna 2018).
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

}  // namespace

std::uint64_t unique_bits() {
  thread_local Generator generator;
  return generator.next();
}

void put_hex(char* out, std::uint64_t bits) noexcept {
  for (int i = 15; i >= 0; --i, bits >>= 4) out[i] = "0123456789abcdef"[bits & 15];
}

}  // namespace plinth::base
