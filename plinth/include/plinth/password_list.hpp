// A list of passwords that nobody may choose, because everybody tries them first. Stands for
// Django's CommonPasswordValidator.
// Example: plinth/tests/security/password_list_test.cpp
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace plinth {

/// Immutable, cheap to copy, from any thread.
class PasswordList {
 public:
  /// Reads a file of passwords, one a line, UTF-8; "#!" begins a comment, as in john's lists. Keeps
  /// 8 bytes of a hash for each: 10 million take 80 MB, and one chosen password in a million
  /// millions is taken for one of them.
  ///
  /// throws   std::runtime_error naming the file: it cannot be read, or has no line
  explicit PasswordList(const std::string& path);

  /// Whether the list has `password`; letter case of ASCII does not count. O(log n).
  bool contains(std::string_view password) const;
  std::size_t size() const;

 private:
  struct Hashes;
  std::shared_ptr<const Hashes> hashes_;
};

}  // namespace plinth
