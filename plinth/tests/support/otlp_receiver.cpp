#include "support/otlp_receiver.hpp"

#include <stdexcept>

#include "python_scripts.hpp"

namespace support {

OtlpReceiver::OtlpReceiver(const std::string& answers, int port) {
  process_ = std::make_unique<Child>(
      std::vector<std::string>{"/usr/bin/python3", "-c", python_scripts::otlp_receiver, "--answers",
                               answers, "--port", std::to_string(port)});
  const std::string opening = "listening ";
  const auto line = process_->read_line();
  if (!line.starts_with(opening)) throw std::runtime_error("otlp_receiver.py does not start");
  port_ = line.substr(opening.size());
}

std::string OtlpReceiver::next_line() { return process_->read_line(); }

}  // namespace support
