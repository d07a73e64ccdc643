#include "support/log_file.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace support {

LogFile::LogFile() : path_((std::filesystem::temp_directory_path() / "plinth-XXXXXX").string()) {
  const int file = ::mkstemp(path_.data());
  if (file < 0) throw std::runtime_error("cannot make " + path_);
  ::close(file);
}

LogFile::~LogFile() { ::unlink(path_.c_str()); }

std::string LogFile::text() const {
  std::ifstream file(path_);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool LogFile::wait_for(const std::string& wanted) const {
  for (int tries = 0; tries < 6000; ++tries) {
    if (text().find(wanted) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::uint16_t LogFile::port() const {
  const std::string name = "port=";
  if (!wait_for("serving")) throw std::runtime_error("the server does not start: " + text());
  const auto line = text();
  const auto at = line.find(name, line.find("serving"));
  return static_cast<std::uint16_t>(std::stoi(line.substr(at + name.size())));
}

}  // namespace support
