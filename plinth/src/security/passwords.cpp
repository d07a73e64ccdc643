// Passwords on threads of their own.
#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "base/worker_pool.hpp"
#include "plinth/security.hpp"
#include "security/bcrypt.hpp"

namespace plinth {

namespace {

// A hash burns a core for a quarter of a second. Half of the cores at most do so, below the event
// loops in priority: requests that need no hash do not notice. A thread's queue of 32 is 8 s of
// waiting, about what a person at a login form endures; who comes later is told so at once.
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

void check_rounds(int rounds) {
  if (rounds < security::bcrypt_rounds_min || rounds > security::bcrypt_rounds_max) {
    throw std::invalid_argument("bcrypt's rounds are 4 to 16, not " + std::to_string(rounds));
  }
}

}  // namespace

std::string bcrypt_limits(const std::string& password) {
  if (password.size() > security::bcrypt_password_bytes_max) {
    return "password should have at most 72 bytes of UTF-8, not " + std::to_string(password.size());
  }
  if (password.find('\0') != std::string::npos) return "password should not hold a NUL character";
  return {};
}

Task<std::string> hash_password(std::string password, PasswordOptions options) {
  check_rounds(options.rounds);
  if (auto reason = bcrypt_limits(password); !reason.empty()) throw PasswordError(reason);

  Interest interest;
  auto hash = [secret = std::move(password), rounds = options.rounds,
               wanted = interest.wanted()]() -> std::string {
    return wanted->load(std::memory_order_relaxed) ? security::bcrypt_hash(secret, rounds) : "";
  };
  auto made = co_await password_pool().run(std::move(hash));
  if (made.empty()) throw std::runtime_error("libxcrypt cannot make a bcrypt hash");
  co_return made;
}

Task<bool> verify_password(std::string password, std::optional<std::string> hash,
                           PasswordOptions options) {
  check_rounds(options.rounds);
  if (hash && !security::bcrypt_rounds(*hash)) {
    base::log(base::Level::warning,
              "a stored password hash is not bcrypt's with a cost of 4 to 16; it matches nothing");
  }

  Interest interest;
  auto verify = [secret = std::move(password), stored = std::move(hash), rounds = options.rounds,
                 wanted = interest.wanted()] {
    return wanted->load(std::memory_order_relaxed) &&
           security::bcrypt_verify(secret, stored, rounds);
  };
  co_return co_await password_pool().run(std::move(verify));
}

}  // namespace plinth
