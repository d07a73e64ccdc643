#include "http/accept_encoding.hpp"

#include <cstdint>

#include "http/characters.hpp"
#include "plinth/http.hpp"

namespace plinth::http {
namespace {

enum class Verdict : std::uint8_t { unnamed, accepted, refused };

// Takes the text before the next `separator` off the front.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto taken = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return strip_blanks(taken);
}

// "q=0", "q=0.", "q=0.0" to "q=0.000". A quality that is malformed does not refuse.
bool refuses(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto parameter = take_until(parameters, ';');
    if (parameter.size() < 3 || (parameter[0] | 0x20) != 'q' || parameter[1] != '=') continue;
    const auto quality = parameter.substr(2);
    return quality[0] == '0' &&
           (quality.size() == 1 ||
            (quality[1] == '.' && quality.find_first_not_of('0', 2) == std::string_view::npos));
  }
  return false;
}

Verdict verdict(std::string_view field) {
  while (!field.empty()) {
    auto parameters = take_until(field, ',');
    const auto coding = take_until(parameters, ';');
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip")) {
      return refuses(parameters) ? Verdict::refused : Verdict::accepted;
    }
  }
  return Verdict::unnamed;
}

}  // namespace

bool accepts_gzip(std::string_view field) { return verdict(field) == Verdict::accepted; }

bool accepts_gzip(const Request& request) {
  for (const auto& field : request.headers) {
    if (field.name != "accept-encoding") continue;
    const auto said = verdict(field.value);
    if (said != Verdict::unnamed) return said == Verdict::accepted;
  }
  return false;
}

}  // namespace plinth::http
