// Files of keys: read with suspicion, written in one step, watched.
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "plinth/jwk.hpp"
#include "plinth/security_log.hpp"
#include "security/key_ring.hpp"

namespace plinth {

namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;
constexpr auto watch_interval = std::chrono::seconds(1);

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw std::runtime_error(path + ": " + reason);
}
[[noreturn]] void fail_of_errno(const std::string& path, const std::string& what) {
  const auto reason = std::generic_category().message(errno);
  fail(path, what + ": " + reason);
}

struct File {
  int number;
  explicit File(int opened) : number(opened) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (number >= 0) ::close(number);
  }
};

// As PostgreSQL sees its server's key: a file of the user's own is nobody else's; one of root's may
// be for a group, as mounted secrets are.
void check_mode(const std::string& path, const struct stat& status) {
  const auto others = status.st_mode & 0777U;
  const bool of_root = status.st_uid == 0 && ::geteuid() != 0;
  const auto allowed = of_root ? 0640U : 0600U;
  if (!S_ISREG(status.st_mode)) fail(path, "is no regular file");
  if (status.st_uid != 0 && status.st_uid != ::geteuid() && ::geteuid() != 0) {
    fail(path, "belongs to another user; run: chown " + std::to_string(::geteuid()) + " " + path);
  }
  if ((others & ~allowed) == 0) return;
  std::string digits = "000";
  for (std::size_t i = 0; i < 3; ++i) {
    digits[i] = static_cast<char>('0' + (others >> (6 - 3 * i) & 7U));
  }
  fail(path, "others can read the keys (mode 0" + digits + "); run: chmod 600 " + path);
}

std::string read_whole(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number < 0) {
    const auto reason = std::generic_category().message(errno);
    fail(path, "cannot be read (" + reason + "); make keys with: app keys generate --alg ES256");
  }
  struct stat status{};
  if (::fstat(file.number, &status) != 0) fail_of_errno(path, "cannot be read");
  check_mode(path, status);

  std::string text(std::min(static_cast<std::size_t>(status.st_size), file_bytes_max) + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(file.number, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_of_errno(path, "cannot be read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > file_bytes_max) fail(path, "is longer than 1 MiB");
  text.resize(size);
  return text;
}

void write_all(const File& file, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const auto put = ::write(file.number, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_of_errno(path, "cannot be written");
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

// The file behind a symbolic link; the path itself when there is none yet.
std::string resolved(const std::string& path) {
  char found[PATH_MAX];
  return ::realpath(path.c_str(), found) != nullptr ? found : path;
}

// What tells a changed file from the one that was read.
struct Stamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;  // its mode, too
  bool operator==(const Stamp&) const = default;
};

std::optional<Stamp> stamp_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return Stamp{.device = status.st_dev,
               .inode = status.st_ino,
               .size = status.st_size,
               .modified = nanoseconds(status.st_mtim),
               .changed = nanoseconds(status.st_ctim)};
}

}  // namespace

JwkSet read_key_file(const std::string& path) {
  auto text = read_whole(path);
  std::optional<JwkSet> set;
  std::string reason;
  try {
    set = jwk_set_of(Json::parse(text));
  } catch (const JsonError& error) {
    reason = std::string("is no JSON: ") + error.what();
  } catch (const std::invalid_argument& error) {
    reason = error.what();
  }
  OPENSSL_cleanse(text.data(), text.size());
  if (!set) fail(path, reason);
  return std::move(*set);
}

void write_key_file(const std::string& path, const JwkSet& set) {
  const auto target = resolved(path);
  auto fresh = target + ".XXXXXX";
  const File file(::mkostemp(fresh.data(), O_CLOEXEC));  // mode 0600
  if (file.number < 0) fail_of_errno(fresh, "cannot be made");
  try {
    struct stat before{};
    if (::stat(target.c_str(), &before) == 0 && before.st_uid != ::geteuid() &&
        ::fchown(file.number, before.st_uid, before.st_gid) != 0) {
      fail_of_errno(fresh, "cannot be given to the file's owner");
    }
    auto text = to_json(set).pretty() + '\n';
    write_all(file, fresh, text);
    OPENSSL_cleanse(text.data(), text.size());
    if (::fsync(file.number) != 0) fail_of_errno(fresh, "cannot be written");
    if (::rename(fresh.c_str(), target.c_str()) != 0) fail_of_errno(target, "cannot be replaced");
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
}

namespace {

// Invariant: one reader at a time; what the ring has is what was read last and was good.
class KeyFile final : public detail::KeySource {
 public:
  KeyFile(const SigningKey& secret, const std::string& path)
      : KeyFile(secret, path, stamp_of(path)) {}
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;
  ~KeyFile() override {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    wake_.notify_all();
    watcher_.join();
    OPENSSL_cleanse(secret_.secret.data(), secret_.secret.size());
  }

  bool reread() {
    const std::lock_guard lock(reading_);
    auto found = stamp_of(path_);
    if (found == seen_) return false;
    seen_ = found;
    try {
      const auto ring = make_key_ring(secret_, read_key_file(path_));
      replace(ring.source()->shared());
      logging::security(SecurityEvent::crypt_key_rotated, {{"file", path_}});
    } catch (const std::exception& error) {
      base::log(base::Level::error,
                "the keys for tokens were changed and cannot be read; those from before stay",
                {{"reason", error.what()}});
    }
    return true;
  }

 private:
  // The stamp was taken before the file is read: a change in between is read once more.
  KeyFile(const SigningKey& secret, const std::string& path, const std::optional<Stamp>& seen)
      : KeySource(make_key_ring(secret, read_key_file(path)).source()->shared()),
        secret_(secret),
        path_(path),
        seen_(seen),
        watcher_([this] { watch(); }) {}

  void watch() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, watch_interval, [this] { return ended_; })) {
      lock.unlock();
      reread();
      lock.lock();
    }
  }

  SigningKey secret_;
  std::string path_;
  std::mutex reading_;
  std::optional<Stamp> seen_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::thread watcher_;  // last: it uses all of the others
};

}  // namespace

KeyRing watched_key_ring(const SigningKey& secret, const std::string& path) {
  return KeyRing(std::make_shared<KeyFile>(secret, path));
}

bool reread_keys(const KeyRing& keys) {
  auto* file = dynamic_cast<KeyFile*>(keys.source().get());
  return file && file->reread();
}

}  // namespace plinth
