// The raw HTTP/1.1 cases of tests/conformance/http1.jsonl.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace http1 {

struct Case {
  std::string id;
  std::string description;
  std::string raw;     // what the client sends
  std::string expect;  // see verdict.hpp
  bool no_canary = false;
  bool half_close = false;  // the client closes its sending side
  bool to_head = false;     // the first request is HEAD
  bool smuggled_ok = false;
  bool junk_ok = false;  // an answer in HTTP/2 will do
  bool no_100 = false;
  bool no_101 = false;
  bool no_2xx = false;
  std::size_t requests = 1;
  std::optional<std::size_t>
      body_size;  // of the first request, as the echo application understood it
};

/// Throws std::runtime_error when the file cannot be read.
std::vector<Case> load_cases(const std::string& path);

}  // namespace http1
