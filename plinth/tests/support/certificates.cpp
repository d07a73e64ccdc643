#include "support/certificates.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "support/command.hpp"

namespace support {

namespace {

const char* key_options(Certificates::Kind kind) {
  return kind == Certificates::Kind::rsa ? " -newkey rsa:2048 -nodes "
                                         : " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";
}

}  // namespace

std::string openssl(const std::string& arguments) {
  const auto ran = run_command({"sh", "-c", "exec openssl " + arguments});
  if (ran.status != 0) throw std::runtime_error("openssl " + arguments + ": " + ran.err);
  return ran.out;
}

Certificates::Certificates() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "plinth-certificates-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no folder for certificates");
  folder_ = pattern;
  openssl("req -x509 -days 2 -subj '/CN=Test CA'" + std::string(key_options(Kind::ecdsa)) +
          "-keyout " + folder_ + "/ca.key -out " + authority());
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Certificates::Pair Certificates::issue(const std::string& name, Kind kind) const {
  const auto base = folder_ + "/" + name;
  openssl("req -subj /CN=" + name + key_options(kind) + "-keyout " + base +
          ".key -addext subjectAltName=IP:127.0.0.1,DNS:localhost -out " + base + ".csr");
  openssl("x509 -req -days 2 -copy_extensions copy -CA " + authority() + " -CAkey " + folder_ +
          "/ca.key -CAcreateserial -in " + base + ".csr -out " + base + ".pem");
  return {base + ".pem", base + ".key"};
}

void replace(const Certificates::Pair& old_pair, const Certificates::Pair& new_pair) {
  std::filesystem::rename(new_pair.key, old_pair.key);
  std::filesystem::rename(new_pair.certificate, old_pair.certificate);
}

}  // namespace support
