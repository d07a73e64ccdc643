// Texts for every codec. What is read is written in a way that reads as the same value.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "formats/datetime.hpp"
#include "formats/decimal.hpp"
#include "formats/url.hpp"
#include "formats/uuid.hpp"
#include "plinth/json.hpp"

using namespace plinth;
using namespace plinth::formats;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

// What a problem says can be sent.
template <class T>
void check_problem(const Parsed<T>& parsed) {
  if (parsed) return;
  expect(!parsed.problem.type.empty() && !parsed.problem.message.empty());
  if (!parsed.problem.ctx.empty()) expect(Json::parse(parsed.problem.ctx).is_object());
}

template <class T>
void check_time(const Parsed<T>& parsed, Parsed<T> (*read)(std::string_view)) {
  check_problem(parsed);
  if (!parsed) return;
  const auto again = read(parsed->iso());
  expect(again && *again == *parsed);
}

void check_decimal(const Parsed<Decimal>& parsed) {
  check_problem(parsed);
  if (!parsed) return;
  const auto again = decimal_from_text(parsed->text);
  expect(again && again->text == parsed->text);
  expect(compare(*again, *parsed) == 0);
  expect(is_multiple(*parsed, *parsed) || parsed->text.size() > 18);
  check_digits(*parsed, 10, 2);
  Json::parse(decimal_as_number(*parsed));
}

void check_url(const Parsed<Url>& parsed) {
  check_problem(parsed);
  if (!parsed || parsed->str().size() > 2083) return;
  const auto again = url_from_text(parsed->str());
  expect(again && *again == *parsed);
}

void check_numbers(std::string_view text) {
  std::int64_t integer = 0;
  double number = 0;
  if (text.size() < sizeof integer) return;
  std::memcpy(&integer, text.data(), sizeof integer);
  std::memcpy(&number, text.data(), sizeof number);
  check_time(datetime_from_integer(integer), datetime_from_text);
  check_time(date_from_integer(integer), date_from_text);
  check_time(time_from_integer(integer), time_from_text);
  check_time(duration_from_integer(integer), duration_from_text);
  check_time(datetime_from_number(number), datetime_from_text);
  check_time(date_from_number(number), date_from_text);
  check_time(time_from_number(number), time_from_text);
  check_time(duration_from_number(number), duration_from_text);
  check_decimal(decimal_from_number(number));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_time(datetime_from_text(text), datetime_from_text);
  check_time(date_from_text(text), date_from_text);
  check_time(time_from_text(text), time_from_text);
  check_time(duration_from_text(text), duration_from_text);
  check_numbers(text);
  const auto uuid = uuid_from_text(text);
  check_problem(uuid);
  if (uuid) expect(Uuid::parse(uuid->str()) == *uuid);
  check_decimal(decimal_from_text(text));
  check_url(url_from_text(text));
  return 0;
}
