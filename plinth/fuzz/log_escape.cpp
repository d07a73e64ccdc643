// Texts of any bytes on their way into a log. A line has one line feed, at its end, and nothing
// that drives a terminal; a JSON line is an object with the members that were logged and no others.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/utf8.hpp"
#include "logging/format.hpp"
#include "plinth/json.hpp"

using namespace plinth;

namespace {

void check_line(const std::string& line) {
  if (!json::is_utf8(line) || line.back() != '\n') std::abort();
  for (std::size_t at = 0; at + 1 < line.size();) {
    const auto c = json::next_code_point(line, at);
    const bool drives = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
                        (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    if (drives) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto half = std::string_view(text).substr(size / 2);
  const logging::Field fields[] = {{"first", text}, {"second", half}};
  const logging::Record record{
      .level = logging::Level::info, .message = text, .fields = fields, .logger = "app"};
  const logging::Moment moment{.microseconds = 1'795'358'945'514'340, .request_id = half};

  std::string line;
  append_console_line(line, record, moment, false);
  check_line(line);

  line.clear();
  append_json_line(line, record, moment);
  check_line(line);
  const auto read = Json::parse(line);
  if (read.size() != (half.empty() ? 6U : 7U)) std::abort();
  const bool is_whole = json::is_utf8(text) && size <= 4096;
  if (is_whole && read["first"].str() != text) std::abort();
  if (is_whole && read["message"].str() != text) std::abort();
  return 0;
}
