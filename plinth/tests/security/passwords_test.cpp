#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "plinth/error.hpp"
#include "plinth/security.hpp"
#include "security/bcrypt.hpp"

using namespace plinth;
using namespace std::literals;

namespace {

constexpr PasswordOptions quick{.rounds = 4};

struct CountingSink final : base::LogSink {
  int warnings = 0;
  std::string last;
  void write(const base::LogRecord& record) noexcept override {
    if (record.level == base::Level::warning) ++warnings;
    last = record.message;
  }
};

Task<bool> is_refused_with_503(int calls) {
  std::vector<Task<bool>> waiting;
  for (int i = 0; i < calls; ++i) {
    waiting.push_back(verify_password("a", std::nullopt, quick));
    waiting.back().start();
    if (!waiting.back().done()) continue;
    try {
      waiting.back().take();
    } catch (const HttpError& error) {
      co_return error.status == 503 && error.headers.at(0).first == "retry-after";
    }
  }
  co_return false;
}

}  // namespace

TEST_CASE("a password verifies against its hash") {
  auto hash = run(hash_password("analytical", quick));
  CHECK(hash.starts_with("$2b$04$"));
  CHECK(hash.size() == 60);
  CHECK(run(verify_password("analytical", hash, quick)));
  CHECK_FALSE(run(verify_password("Analytical", hash, quick)));
}

TEST_CASE("the default cost is 12, as passlib's") {
  CHECK(run(hash_password("analytical")).starts_with("$2b$12$"));
}

TEST_CASE("an unknown user's password is no password") {
  CHECK_FALSE(run(verify_password("analytical", std::nullopt, quick)));
}

TEST_CASE("a password that bcrypt would cut is refused, not cut") {
  CHECK(run(hash_password(std::string(72, 'x'), quick)).size() == 60);
  CHECK_THROWS_WITH_AS(run(hash_password(std::string(73, 'x'), quick)),
                       "password should have at most 72 bytes of UTF-8, not 73", PasswordError);
  CHECK_THROWS_WITH_AS(run(hash_password("a\0b"s, quick)),
                       "password should not hold a NUL character", PasswordError);
}

TEST_CASE("bcrypt's limits count bytes, not characters") {
  CHECK(bcrypt_limits("") == "");
  CHECK(bcrypt_limits(std::string(72, 'x')) == "");
  std::string emoji;
  for (int i = 0; i < 18; ++i) emoji += "😀";
  CHECK(bcrypt_limits(emoji) == "");
  CHECK(bcrypt_limits(emoji + "x") == "password should have at most 72 bytes of UTF-8, not 73");
  CHECK(bcrypt_limits("\0"s) == "password should not hold a NUL character");
}

TEST_CASE("costs outside 4 to 16 are a programmer's error") {
  CHECK_THROWS_AS(run(hash_password("a", {.rounds = 3})), std::invalid_argument);
  CHECK_THROWS_AS(run(verify_password("a", std::nullopt, {.rounds = 17})), std::invalid_argument);
}

TEST_CASE("an unusable stored hash matches nothing and is logged without being shown") {
  CountingSink sink;
  auto* before = base::set_log_sink(&sink);
  CHECK_FALSE(run(verify_password("a", "plain text password", quick)));
  CHECK_FALSE(run(verify_password(
      "U*U", "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", quick)));
  base::set_log_sink(before);
  CHECK(sink.warnings == 2);
  CHECK(
      sink.last ==
      "a stored password hash is neither bcrypt's with a cost of 4 to 16 nor Argon2's with at most "
      "256 MiB, 16 passes, 16 lanes and 1 GiB in all passes; it matches nothing");
}

TEST_CASE("several loops may hash and verify at the same time") {
  std::atomic<int> verified = 0;
  std::vector<std::thread> loops;
  for (int i = 0; i < 4; ++i) {
    loops.emplace_back([&verified, password = "password " + std::to_string(i)] {
      auto hash = run(hash_password(password, quick));
      if (run(verify_password(password, hash, quick))) ++verified;
      if (!run(verify_password("another", hash, quick))) ++verified;
    });
  }
  for (auto& loop : loops) loop.join();
  CHECK(verified == 8);
}

TEST_CASE("when too many wait, the next is told 503 with Retry-After at once") {
  CHECK(run(is_refused_with_503(10'000)));
}
