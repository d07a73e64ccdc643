// Passwords on threads of their own.
#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "base/worker_pool.hpp"
#include "plinth/security.hpp"
#include "security/argon2.hpp"
#include "security/bcrypt.hpp"
#include "security/password_hash.hpp"

namespace plinth {

namespace {

// A bcrypt hash burns a core for a quarter of a second, Argon2 a tenth of it. Half of the cores at
// most do so, below the event loops in priority: requests that need no hash do not notice. A
// thread's queue of 32 is 8 s of waiting, about what a person at a login form endures; who comes
// later is told so at once.
base::WorkerPool& password_pool() {
  static const unsigned threads = std::max(1U, std::thread::hardware_concurrency() / 2);
  static base::WorkerPool pool({.name = "passwords",
                                .threads = threads,
                                .queue_limit = threads * 32,
                                .wait_ms_max = 8'000,
                                .nice = 10});
  return pool;
}

// Whether somebody still waits. A request that was given up must not cost a hash.
class Interest {
 public:
  Interest() = default;
  Interest(const Interest&) = delete;
  Interest& operator=(const Interest&) = delete;
  ~Interest() { wanted_->store(false, std::memory_order_relaxed); }

  std::shared_ptr<const std::atomic<bool>> wanted() const { return wanted_; }

 private:
  std::shared_ptr<std::atomic<bool>> wanted_ = std::make_shared<std::atomic<bool>>(true);
};

void check_options(const PasswordOptions& options) {
  if (options.rounds < security::bcrypt_rounds_min ||
      options.rounds > security::bcrypt_rounds_max) {
    throw std::invalid_argument("bcrypt's rounds are 4 to 16, not " +
                                std::to_string(options.rounds));
  }
  const bool positive = options.memory_kib > 0 && options.iterations > 0;
  if (!positive ||
      !security::is_bearable({.memory_kib = static_cast<std::uint32_t>(options.memory_kib),
                              .iterations = static_cast<std::uint32_t>(options.iterations)})) {
    throw std::invalid_argument(
        "Argon2id takes 8 KiB to 256 MiB and 1 to 16 passes, at most 1 GiB in all passes, not " +
        std::to_string(options.memory_kib) + " KiB and " + std::to_string(options.iterations) +
        " passes");
  }
}

void check_stored(const std::optional<std::string>& hash) {
  if (!hash || security::is_usable_hash(*hash)) return;
  base::log(base::Level::warning,
            "a stored password hash is neither bcrypt's with a cost of 4 to 16 nor Argon2's with "
            "at most 256 MiB, 16 passes, 16 lanes and 1 GiB in all passes; it matches nothing");
}

std::string size_limit(const std::string& password, std::size_t bytes_max) {
  if (password.size() <= bytes_max) return {};
  return "password should have at most " + std::to_string(bytes_max) + " bytes of UTF-8, not " +
         std::to_string(password.size());
}

// Verifies, then hashes anew where that is wanted: one turn of a thread of the pool.
VerifiedPassword verify_and_update(const std::string& password,
                                   const std::optional<std::string>& hash,
                                   const PasswordOptions& options) {
  VerifiedPassword result{.verified = security::verify_password_hash(password, hash, options)};
  if (!result.verified || !needs_rehash(*hash, options)) return result;
  if (!password_limits(password, options).empty()) return result;
  auto made = security::make_password_hash(password, options);
  if (!made.empty()) result.new_hash = std::move(made);
  return result;
}

}  // namespace

std::string password_limits(const std::string& password, const PasswordOptions& options) {
  auto limit = size_limit(password, options.scheme == PasswordScheme::bcrypt
                                        ? security::bcrypt_password_bytes_max
                                        : security::argon2_password_bytes_max);
  if (!limit.empty()) return limit;
  if (password.find('\0') != std::string::npos) return "password should not hold a NUL character";
  return {};
}

std::string bcrypt_limits(const std::string& password) { return password_limits(password); }

Task<std::string> hash_password(std::string password, PasswordOptions options) {
  check_options(options);
  if (auto reason = password_limits(password, options); !reason.empty()) {
    throw PasswordError(reason);
  }

  Interest interest;
  auto hash = [secret = std::move(password), options, wanted = interest.wanted()]() -> std::string {
    if (!wanted->load(std::memory_order_relaxed)) return {};
    return security::make_password_hash(secret, options);
  };
  auto made = co_await password_pool().run(std::move(hash));
  if (made.empty()) throw std::runtime_error("no memory for a password's hash");
  co_return made;
}

Task<bool> verify_password(std::string password, std::optional<std::string> hash,
                           PasswordOptions options) {
  check_options(options);
  check_stored(hash);

  Interest interest;
  auto verify = [secret = std::move(password), stored = std::move(hash), options,
                 wanted = interest.wanted()] {
    return wanted->load(std::memory_order_relaxed) &&
           security::verify_password_hash(secret, stored, options);
  };
  co_return co_await password_pool().run(std::move(verify));
}

Task<VerifiedPassword> verify_and_update_password(std::string password,
                                                  std::optional<std::string> hash,
                                                  PasswordOptions options) {
  check_options(options);
  check_stored(hash);

  Interest interest;
  auto verify = [secret = std::move(password), stored = std::move(hash), options,
                 wanted = interest.wanted()]() -> VerifiedPassword {
    if (!wanted->load(std::memory_order_relaxed)) return {.verified = false};
    return verify_and_update(secret, stored, options);
  };
  co_return co_await password_pool().run(std::move(verify));
}

}  // namespace plinth
