// Accept-Encoding of any bytes. gzip is taken for accepted only where it is named, and never where
// the field says q=0 to it and nothing else of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/accept_encoding.hpp"
#include "plinth/http.hpp"

using namespace plinth;

namespace {

bool names_gzip(std::string_view field) {
  std::string lower(field);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower.find("gzip") != std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string field(reinterpret_cast<const char*>(data), size);
  const bool accepted = http::accepts_gzip(field);
  if (accepted && !names_gzip(field)) std::abort();
  if (http::accepts_gzip("gzip;q=0," + field)) std::abort();
  if (!http::accepts_gzip("gzip," + field)) std::abort();

  // Two fields are one list.
  Request request;
  request.headers = {{"accept-encoding", "br"}, {"accept-encoding", field}};
  if (http::accepts_gzip(request) != accepted) std::abort();
  return 0;
}
