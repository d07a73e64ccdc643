// Certificates of one test's own, by the openssl program: an authority, and what it has signed for
// 127.0.0.1 and localhost.
#pragma once

#include <string>

namespace support {

/// Runs openssl; throws std::runtime_error with its words when it fails.
std::string openssl(const std::string& arguments);

class Certificates {
 public:
  struct Pair {
    std::string certificate;
    std::string key;
  };
  enum class Kind : unsigned char { ecdsa, rsa };

  Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates();

  /// New files <name>.pem and <name>.key; the subject is CN=<name>.
  Pair issue(const std::string& name, Kind kind = Kind::ecdsa) const;
  std::string authority() const { return folder_ + "/ca.pem"; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

/// Puts one pair in the place of another, each file at once.
void replace(const Certificates::Pair& old_pair, const Certificates::Pair& new_pair);

}  // namespace support
