// What a command prints, and a folder that is gone after the test.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "plinth/migrate.hpp"

namespace capture {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "plinth-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::string url() const { return "sqlite:///" + (path_ / "app.db").string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A standard stream, into a file while this lives.
class Redirected {
 public:
  Redirected(std::FILE* stream, const std::filesystem::path& to)
      : stream_(stream), kept_(::dup(::fileno(stream))) {
    std::fflush(stream);
    std::FILE* file = std::fopen(to.c_str(), "w");
    ::dup2(::fileno(file), ::fileno(stream));
    std::fclose(file);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() {
    std::fflush(stream_);
    ::dup2(kept_, ::fileno(stream_));
    ::close(kept_);
  }

 private:
  std::FILE* stream_;
  int kept_;
};

/// On a thread of its own, whose loop goes with it: a child process that a test forks later must
/// not find one that has worked already.
template <class Work>
void on_own_thread(Work work) {
  std::exception_ptr error;
  std::thread([&] {
    try {
      work();
    } catch (...) {
      error = std::current_exception();
    }
  }).join();
  if (error) std::rethrow_exception(error);
}

struct Printed {
  int code;
  std::string out;
  std::string log;
};

/// Alembic's command line with these words.
inline Printed migrate(const TemporaryFolder& folder, const std::string& url,
                       std::span<const plinth::Revision> revisions, std::vector<std::string> words,
                       plinth::MetaData models = {}) {
  Printed printed{};
  {
    const Redirected out(stdout, folder / "out");
    const Redirected log(stderr, folder / "log");
    on_own_thread([&] {
      printed.code =
          plinth::migrate::run(url, {.revisions = revisions, .target_metadata = models}, words);
    });
  }
  printed.out = content(folder / "out");
  printed.log = content(folder / "log");
  return printed;
}

}  // namespace capture
