// Where the application's answer to a recorded request is not the seed's; docs/deviations.md tells
// why.
#pragma once

#include <string_view>

namespace app {

inline constexpr int same_status = 0;

struct Deviation {
  std::string_view name;          // of the exchange in conformance/seed.jsonl
  bool below = false;             // answered by the connection: see plinth/tests/http1
  int status = same_status;       // ours
  const char* body = nullptr;     // a part of ours that tells; null: the seed's body
  const char* headers = nullptr;  // ours, a line each, in order of their names; null: the seed's
};

const Deviation* find_deviation(std::string_view exchange);

}  // namespace app
