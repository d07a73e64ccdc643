// Files of keys: who may read them, how they are replaced, and rotation without logging anybody
// out.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "plinth/jwk.hpp"
#include "support/temporary_folder.hpp"

using namespace plinth;
using support::TemporaryFolder;

namespace {

const auto secret = SigningKey{.secret = "0123456789abcdef0123456789abcdef"};
const auto ada = Json::object({{"sub", "ada@example.com"}, {"exp", 2000}});
constexpr JwtOptions then{.now = Seconds{1000}};

std::string problem_of(const std::string& path) {
  try {
    read_key_file(path);
    return {};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

unsigned mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("keys are written for their owner alone, and read again") {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/keys.json";
  const auto key = Jwk::generate("ES256", "2026-11");
  write_key_file(path, {.keys = {key}, .signing = "2026-11"});
  CHECK(mode_of(path) == 0600);
  const auto set = read_key_file(path);
  CHECK(set.signing == "2026-11");
  REQUIRE(set.keys.size() == 1);
  CHECK(set.keys[0].to_json() == key.to_json());

  write_key_file(path, {});
  CHECK(read_key_file(path).keys.empty());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a link to the file of keys stays one") {
  const TemporaryFolder folder;
  const auto file = folder.path() + "/keys.1.json";
  const auto link = folder.path() + "/keys.json";
  write_key_file(file, {});
  std::filesystem::create_symlink("keys.1.json", link);
  write_key_file(link, {.keys = {Jwk::generate("HS256", "1")}});
  CHECK(std::filesystem::is_symlink(link));
  CHECK(read_key_file(file).keys.size() == 1);
}

TEST_CASE("a file that others can read is refused, with what to do") {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/keys.json";
  write_key_file(path, {});
  for (auto mode : {0644U, 0640U, 0604U, 0620U, 0666U, 0610U}) {
    CAPTURE(mode);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(problem_of(path).find("run: chmod 600 " + path) != std::string::npos);
  }
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  CHECK(problem_of(path) ==
        path + ": others can read the keys (mode 0644); run: chmod 600 " + path);
  REQUIRE(::chmod(path.c_str(), 0400) == 0);
  CHECK(problem_of(path) == "");
}

TEST_CASE("a file that holds no keys is refused, with the reason and without a key") {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/keys.json";
  CHECK(problem_of(path) ==
        path +
            ": cannot be read (No such file or directory); make keys with: app keys generate "
            "--alg ES256");
  auto write = [&](const std::string& text) {
    write_key_file(path, {});
    std::ofstream(path) << text;
  };
  write("{");
  CHECK(problem_of(path).starts_with(path + ": is no JSON: "));
  write("[]");
  CHECK(problem_of(path) == path + ": a JWK set is {\"keys\": […]}");
  write(R"({"keys":[{"kty":"oct","alg":"HS256","kid":"1","k":"c2VjcmV0"}]})");
  CHECK(problem_of(path) == path + ": key \"1\": a secret for HS256 has at least 32 bytes, not 6");
  write(std::string(1024 * 1024 + 1, ' '));
  CHECK(problem_of(path) == path + ": is longer than 1 MiB");
  CHECK(problem_of(folder.path()) == folder.path() + ": is no regular file");
}

TEST_CASE("keys come, sign and go without logging anybody out") {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/keys.json";
  write_key_file(path, {});
  const auto here = watched_key_ring(secret, path);
  const auto there = watched_key_ring(secret, path);  // another replica
  const auto by_secret = encode_jwt(ada, here);
  CHECK(by_secret == encode_jwt(ada, KeyRing(secret)));

  // The new key verifies everywhere before it signs anywhere.
  const auto key = Jwk::generate("EdDSA", "2026-11");
  write_key_file(path, {.keys = {key}});
  CHECK((reread_keys(here) || encode_jwt(ada, here) == by_secret));
  reread_keys(there);
  CHECK(encode_jwt(ada, here) == by_secret);
  CHECK(subject_of(by_secret, there, then) == "ada@example.com");

  write_key_file(path, {.keys = {key}, .signing = "2026-11"});
  reread_keys(here);
  const auto by_key = encode_jwt(ada, here);
  CHECK(by_key != by_secret);
  CHECK(subject_of(by_key, there, then) == "ada@example.com");
  CHECK(subject_of(by_secret, here, then) == "ada@example.com");

  // The next one; the old key goes when its last token has expired.
  const auto next = Jwk::generate("ES256", "2027-02");
  write_key_file(path, {.keys = {key, next}, .signing = "2027-02"});
  reread_keys(here);
  reread_keys(there);
  CHECK(subject_of(by_key, there, then) == "ada@example.com");
  write_key_file(path, {.keys = {next}, .signing = "2027-02"});
  reread_keys(there);
  CHECK_FALSE(subject_of(by_key, there, then).has_value());
  CHECK(subject_of(by_secret, there, then) == "ada@example.com");
}

TEST_CASE("a file that was spoilt leaves the keys as they were") {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/keys.json";
  const auto key = Jwk::generate("ES256", "1");
  write_key_file(path, {.keys = {key}, .signing = "1"});
  const auto keys = watched_key_ring(secret, path);
  const auto token = encode_jwt(ada, keys);
  std::ofstream(path) << "{";
  reread_keys(keys);
  CHECK(subject_of(token, keys, then) == "ada@example.com");
  CHECK(encode_jwt(ada, keys) != encode_jwt(ada, KeyRing(secret)));
  std::filesystem::remove(path);
  reread_keys(keys);
  CHECK(subject_of(token, keys, then) == "ada@example.com");
  write_key_file(path, {});
  reread_keys(keys);
  CHECK_FALSE(subject_of(token, keys, then).has_value());
}

TEST_CASE("a ring reads its file by itself when it changes") {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/keys.json";
  write_key_file(path, {});
  const auto keys = watched_key_ring(secret, path);
  write_key_file(path, {.keys = {Jwk::generate("ES256", "1")}});
  while (public_jwks(keys)["keys"].size() == 0) std::this_thread::yield();
  CHECK(public_jwks(keys)["keys"][0]["kid"] == "1");
}

TEST_CASE("keys are replaced while threads verify by them") {
  auto keys = KeyRing(secret);
  const auto copy = keys;
  const auto other = KeyRing("another secret of 32 bytes .....");
  const auto token = encode_jwt(ada, keys);
  std::atomic<bool> ended = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!ended) {
        JwtError why = JwtError::signature;
        const auto claims = decode_jwt(token, copy, then, &why);
        if (!claims && why != JwtError::signature) ++wrong;
      }
    });
  }
  const auto first = KeyRing(secret);
  for (int round = 0; round < 200; ++round) {
    keys.replace(other);
    CHECK_FALSE(subject_of(token, copy, then).has_value());
    keys.replace(first);
    CHECK(subject_of(token, copy, then) == "ada@example.com");
  }
  ended = true;
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}
