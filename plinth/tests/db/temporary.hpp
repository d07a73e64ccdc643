// A database file that is gone after the test.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace models {

class TemporaryDatabase {
 public:
  TemporaryDatabase() {
    std::string name = (std::filesystem::temp_directory_path() / "plinth-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  TemporaryDatabase(const TemporaryDatabase&) = delete;
  TemporaryDatabase& operator=(const TemporaryDatabase&) = delete;
  ~TemporaryDatabase() {
    std::error_code ignored;
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(folder_, ignored);
  }

  std::filesystem::path path() const { return folder_ / "app.db"; }
  const std::filesystem::path& folder() const { return folder_; }
  std::string url() const { return "sqlite:///" + path().string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace models
