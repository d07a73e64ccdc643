#include "security/argon2.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace plinth::security {

namespace {

bool is_ready() {
  static const bool ready = sodium_init() >= 0;
  return ready;
}

// Takes `text` off the front of `rest`.
bool skip(std::string_view& rest, std::string_view text) {
  if (!rest.starts_with(text)) return false;
  rest.remove_prefix(text.size());
  return true;
}

// A number in its one spelling: no sign, no leading zero.
bool take_number(std::string_view& rest, std::uint32_t& number) {
  if (rest.starts_with('0')) return false;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc()) return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return true;
}

// Bytes in `text`, base64 without padding; 0 when it is none.
std::size_t decoded_size(std::string_view text) {
  auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  };
  if (text.size() % 4 == 1 || !std::ranges::all_of(text, is_digit)) return 0;
  return text.size() * 3 / 4;
}

}  // namespace

bool is_bearable(const Argon2Cost& cost) {
  return cost.memory_kib >= argon2_memory_kib_min && cost.memory_kib <= argon2_memory_kib_max &&
         cost.memory_kib / 8 >= cost.lanes && cost.iterations >= 1 &&
         cost.iterations <= argon2_iterations_max && cost.lanes >= 1 &&
         cost.lanes <= argon2_lanes_max &&
         std::uint64_t{cost.memory_kib} * cost.iterations <= argon2_work_kib_max;
}

std::optional<Argon2Cost> argon2_cost(std::string_view hash) {
  Argon2Cost cost;
  auto rest = hash;
  const bool is_i = rest.starts_with("$argon2i$");
  const bool framed = skip(rest, is_i ? "$argon2i$" : "$argon2id$") && skip(rest, "v=19$m=") &&
                      take_number(rest, cost.memory_kib) && skip(rest, ",t=") &&
                      take_number(rest, cost.iterations) && skip(rest, ",p=") &&
                      take_number(rest, cost.lanes) && skip(rest, "$");
  if (!framed || !is_bearable(cost)) return std::nullopt;
  // libsodium computes Argon2i with three passes at least: fewer of it are broken.
  if (is_i && cost.iterations < 3) return std::nullopt;

  const auto dollar = rest.find('$');
  if (dollar == std::string_view::npos) return std::nullopt;
  const auto salt = decoded_size(rest.substr(0, dollar));
  const auto digest = decoded_size(rest.substr(dollar + 1));
  if (salt < 8 || salt > 64 || digest < 16 || digest > 64) return std::nullopt;
  return cost;
}

std::string argon2_hash(const std::string& password, const Argon2Cost& cost) {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> hash{};
  if (!is_ready() ||
      crypto_pwhash_argon2id_str(hash.data(), password.data(), password.size(), cost.iterations,
                                 std::size_t{cost.memory_kib} * 1024) != 0) {
    return {};
  }
  return hash.data();
}

bool argon2_verify(const std::string& password, const std::string& hash) {
  if (!is_ready()) return false;
  const auto verify = hash.starts_with("$argon2i$") ? &crypto_pwhash_argon2i_str_verify
                                                    : &crypto_pwhash_argon2id_str_verify;
  return verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace plinth::security
