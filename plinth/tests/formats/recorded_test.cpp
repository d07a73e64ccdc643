// Every codec against answers recorded from pydantic 2.13.5 and email-validator 2.3.0 on
// Python 3.14 (pydantic.jsonl):
// {"kind", "in", "out"} or {"kind", "in", "type", "msg", "ctx"}.
#include <doctest/doctest.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "formats/datetime.hpp"
#include "formats/decimal.hpp"
#include "formats/email.hpp"
#include "formats/url.hpp"
#include "formats/uuid.hpp"
#include "plinth/json.hpp"

using namespace plinth;
using namespace plinth::formats;

namespace {

std::vector<Json> lines_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  std::vector<Json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

std::string beside_this_file(std::string_view name) {
  std::string path = __FILE__;
  return path.substr(0, path.rfind('/') + 1).append(name);
}

std::string text_of(const DateTime& value) { return value.iso(); }
std::string text_of(const Date& value) { return value.iso(); }
std::string text_of(const Time& value) { return value.iso(); }
std::string text_of(const Duration& value) { return value.iso(); }
std::string text_of(const Uuid& value) { return value.str(); }
std::string text_of(const Decimal& value) { return value.text; }
std::string text_of(const std::string& value) { return value; }

// What pydantic answered, as the line has it.
template <class T>
Json answer(const Parsed<T>& parsed) {
  if (parsed) return Json::object({{"out", text_of(*parsed)}});
  const auto& problem = parsed.problem;
  const auto ctx = problem.ctx.empty() ? Json() : Json::parse(problem.ctx);
  return Json::object({{"type", problem.type}, {"msg", problem.message}, {"ctx", ctx}});
}

template <class Text, class Integer, class Number>
Json read_as(const Json& in, Text from_text, Integer from_integer, Number from_number) {
  if (in.is_string()) return answer(from_text(in.str()));
  if (in.kind() == Json::Kind::integer) return answer(from_integer(in.integer()));
  return answer(from_number(in.number()));
}

Json read_decimal(const Json& in) {
  if (in.kind() == Json::Kind::number) return answer(decimal_from_number(in.number()));
  return answer(decimal_from_text(in.is_string() ? in.str() : in.dump()));
}

Json read(std::string_view kind, const Json& in) {
  if (kind == "datetime")
    return read_as(in, datetime_from_text, datetime_from_integer, datetime_from_number);
  if (kind == "date") return read_as(in, date_from_text, date_from_integer, date_from_number);
  if (kind == "time") return read_as(in, time_from_text, time_from_integer, time_from_number);
  if (kind == "duration")
    return read_as(in, duration_from_text, duration_from_integer, duration_from_number);
  if (kind == "uuid") return answer(uuid_from_text(in.str()));
  if (kind == "decimal") return read_decimal(in);
  if (kind == "url") return answer(url_from_text(in.str()));
  if (kind == "email") return answer(validate_email(in.str()));
  throw std::runtime_error("no such kind");
}

// Compares all recorded lines of a kind; the number of them.
int check_kind(std::string_view kind) {
  int count = 0;
  for (const auto& line : lines_of(beside_this_file("pydantic.jsonl"))) {
    if (line["kind"].str() != kind) continue;
    ++count;
    const auto got = read(kind, line["in"]);
    Json expected = Json::object({});
    for (std::string_view key : {"out", "type", "msg", "ctx"}) {
      if (const auto* value = line.find(key)) expected[key] = *value;
    }
    CAPTURE(line["in"].dump());
    CHECK(got.dump() == expected.dump());
  }
  return count;
}

}  // namespace

TEST_CASE("datetimes are read as pydantic reads them") { CHECK(check_kind("datetime") == 63); }

TEST_CASE("dates are read as pydantic reads them") { CHECK(check_kind("date") == 28); }

TEST_CASE("times are read as pydantic reads them") { CHECK(check_kind("time") == 32); }

TEST_CASE("durations are read as pydantic reads them") { CHECK(check_kind("duration") == 71); }

TEST_CASE("UUIDs are read as pydantic reads them") { CHECK(check_kind("uuid") == 30); }

TEST_CASE("decimals are read as pydantic reads them") { CHECK(check_kind("decimal") == 46); }

TEST_CASE("URLs are read as pydantic's HttpUrl") { CHECK(check_kind("url") == 103); }

TEST_CASE("e-mail addresses are read as pydantic's EmailStr") { CHECK(check_kind("email") == 181); }

TEST_CASE("the recorded verdicts of EmailStr hold") {
  int count = 0;
  for (const auto& line : lines_of(PLINTH_TEST_DATA "/emails.jsonl")) {
    ++count;
    auto email = validate_email(line["in"].str());
    CAPTURE(line["in"].dump());
    if (const auto* out = line.find("out")) {
      CHECK(email.problem.message == "");
      CHECK((email && email->str() == out->str()));
    } else {
      CHECK(email.problem.type == "value_error");
      CHECK(email.problem.message == line["err"].str());
    }
  }
  CHECK(count == 37);
}
