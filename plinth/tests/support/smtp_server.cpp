#include "support/smtp_server.hpp"

#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "python_scripts.hpp"

namespace fs = std::filesystem;

namespace support {

namespace {

// Where Debian's python3-aiosmtpd is, whatever stands first in PATH.
constexpr auto python = "/usr/bin/python3";

std::string make_folder() {
  std::string folder = (fs::temp_directory_path() / "plinth-smtp-XXXXXX").string();
  if (!::mkdtemp(folder.data())) throw std::runtime_error("cannot make " + folder);
  return folder;
}

// Key and certificate in one file, signed by itself.
void make_certificate(const std::string& path) {
  const auto made = run_command({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                                 "-days", "1", "-subj", "/CN=plinth test", "-addext",
                                 "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", path});
  if (made.status != 0) throw std::runtime_error("openssl makes no certificate: " + made.err);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

SmtpServer::SmtpServer(Options options) : options_(std::move(options)), folder_(make_folder()) {
  std::vector<std::string> command{python, "-c", python_scripts::smtp_server, folder_};
  if (options_.tls != Tls::none) {
    make_certificate(ca_file());
    command.insert(command.end(), {"--certificate", ca_file()});
  }
  if (options_.tls == Tls::implicit) command.emplace_back("--implicit");
  if (options_.tls != Tls::starttls) command.emplace_back("--auth-in-clear");
  if (!options_.login.empty()) command.insert(command.end(), {"--login", options_.login});
  if (!options_.smtputf8) command.emplace_back("--no-smtputf8");
  command.insert(command.end(), {"--fail-first", std::to_string(options_.fail_first)});
  process_ = std::make_unique<Child>(command, CommandOptions{.log = folder_ + "/log"});
  const std::string opening = "listening ";
  const auto line = process_->read_line();
  if (!line.starts_with(opening)) {
    throw std::runtime_error("aiosmtpd does not start (" + read_file(folder_ + "/log") +
                             "); apt-get install python3-aiosmtpd");
  }
  port_ = line.substr(opening.size());
}

SmtpServer::~SmtpServer() {
  process_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string SmtpServer::address() const { return "127.0.0.1:" + port_; }

std::string SmtpServer::url() const {
  return (options_.tls == Tls::implicit ? "smtps://" : "smtp://") + address();
}

std::string SmtpServer::ca_file() const { return folder_ + "/certificate.pem"; }

std::string SmtpServer::next() {
  const auto line = process_->read_line();
  if (line.empty()) throw std::runtime_error("no message came to the SMTP server in a minute");
  return read_file(line);
}

std::vector<std::string> SmtpServer::stop() {
  process_->signal(SIGTERM);
  std::vector<std::string> rest;
  for (auto line = process_->read_line(); !line.empty(); line = process_->read_line()) {
    rest.push_back(read_file(line));
  }
  process_->wait();
  return rest;
}

}  // namespace support
