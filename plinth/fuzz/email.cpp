// Addresses of any bytes. An accepted one is normal: it is accepted as it stands. A refused one is
// refused with a reason that JSON can carry.
#include "formats/email.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/utf8.hpp"
#include "plinth/json.hpp"

using namespace plinth;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto email = formats::validate_email(text);
  if (!email) {
    expect(email.problem.type == "value_error" || email.problem.type == "string_unicode");
    expect(json::is_utf8(email.problem.message));
    if (email.problem.type == "string_unicode") return 0;
    const auto reason = Json::parse(email.problem.ctx)["reason"].str();
    expect(email.problem.message == "value is not a valid email address: " + reason);
    return 0;
  }
  const auto& address = email->str();
  expect(json::is_utf8(address));
  expect(address.size() <= 254);
  expect(address.find('@') != address.npos);
  const auto again = formats::validate_email(address);
  expect(again && again->str() == address);
  return 0;
}
