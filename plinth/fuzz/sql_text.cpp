// Raw SQL of any text: cut at its parameters, nothing lost, and the same however it is cut again.
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "db/civil_text.hpp"
#include "db/text.hpp"
#include "db/url.hpp"

using namespace plinth::db;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  // Every byte is in a part, but for one '?' behind each.
  std::size_t at = 0;
  for (const auto& part : split_parameters(text)) {
    expect(part.sql.data() == text.data() + at);
    at += part.sql.size();
    if (at < text.size()) expect(text[at] == '?');
    if (part.parameter) expect(at < text.size());
    if (at < text.size()) ++at;
  }
  expect(at == text.size());

  // What is read as a time is written and read again.
  if (auto moment = parse_civil(text); moment && text.find_first_of("+-Z", 10) == text.npos) {
    expect(parse_civil(civil_text(*moment)) == moment);
  }
  parse_clock(text);
  parse_date(text);

  try {
    parse_url(text);
  } catch (const std::invalid_argument&) {
  }
  without_password(text);
  return 0;
}
