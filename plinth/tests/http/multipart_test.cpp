#include "http/multipart.hpp"

#include <doctest/doctest.h>

#include "plinth/error.hpp"

using namespace plinth;
using http::Pairs;
using http::parse_multipart;

namespace {

constexpr std::string_view type = "multipart/form-data; boundary=BB";

std::string part(std::string_view disposition, std::string_view content) {
  return "--BB\r\nContent-Disposition: " + std::string(disposition) + "\r\n\r\n" +
         std::string(content) + "\r\n";
}

std::string refusal(std::string_view content_type, std::string_view body,
                    const http::MultipartLimits& limits = {}) {
  try {
    parse_multipart(content_type, body, limits);
  } catch (const HttpError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("fields and files of a form are read") {
  const auto body = part("form-data; name=\"f\"; filename=\"a.txt\"", "hel\r\nlo") +
                    part("form-data; name=note", "nn") + "--BB--\r\n";
  const auto parts = parse_multipart(type, body);
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].name == "f");
  CHECK(parts[0].filename == "a.txt");
  CHECK(parts[0].content == "hel\r\nlo");
  CHECK(parts[0].headers ==
        Pairs{{"content-disposition", "form-data; name=\"f\"; filename=\"a.txt\""}});
  CHECK(parts[1].name == "note");
  CHECK_FALSE(parts[1].filename);
  CHECK(parts[1].text() == "nn");
}

TEST_CASE("a part may be empty, and text that is not UTF-8 is ISO 8859-1") {
  const auto body = part("form-data; name=\"e\"; filename=\"\"", "") +
                    part("form-data; name=\"l\"", "\xe9") + "--BB--";
  const auto parts = parse_multipart(type, body);
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].filename == "");
  CHECK(parts[0].content.empty());
  CHECK(parts[1].text() == "é");
}

TEST_CASE("what only looks like a boundary is content") {
  const auto body = part("form-data; name=x", "a\r\n--BBx\r\n--B") + "--BB--";
  const auto parts = parse_multipart(type, body);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].content == "a\r\n--BBx\r\n--B");
}

TEST_CASE("a part that is cut off is left out") {
  CHECK(parse_multipart(type, "").empty());
  CHECK(parse_multipart(type, "--B").empty());
  CHECK(parse_multipart(type, "--BB\r\nbroken").empty());
  CHECK(parse_multipart(type, "--BB--").empty());
  CHECK(parse_multipart(type, part("form-data; name=x", "whole") +
                                  "--BB\r\nContent-Disposition: form-data; name=y\r\n\r\ncut")
            .size() == 1);
}

TEST_CASE("malformed bodies are refused with FastAPI's words") {
  CHECK(refusal("multipart/form-data", "x") == "400: Missing boundary in multipart.");
  CHECK(refusal(type, "nonsense") == "400: There was an error parsing the body");
  CHECK(refusal(type, "--BB\r\nno colon\r\n\r\n") == "400: There was an error parsing the body");
  CHECK(refusal(type, "--BB\r\nA: b\n\r\n") == "400: There was an error parsing the body");
  CHECK(refusal(type, part("form-data", "x") + "--BB--") ==
        "400: The Content-Disposition header field \"name\" must be provided.");
}

TEST_CASE("fields and files are counted") {
  const auto field = part("form-data; name=x", "1");
  const auto file = part("form-data; name=x; filename=y", "1");
  const http::MultipartLimits one{.fields_max = 1, .files_max = 1};
  CHECK(refusal(type, field + field + "--BB--", one) ==
        "400: Too many fields. Maximum number of fields is 1.");
  CHECK(refusal(type, file + file + "--BB--", one) ==
        "400: Too many files. Maximum number of files is 1.");
  CHECK(refusal(type, field + file + "--BB--", one) == "none");
}

TEST_CASE("options of a header value are read with their quotes and case") {
  const auto header = http::parse_options_header("Form-Data; Name=\"a;\\\"b\"; filename = x ;bad");
  CHECK(header.value == "form-data");
  CHECK(header.options == Pairs{{"name", "a;\"b"}, {"filename", "x"}});
  CHECK(http::parse_options_header("text/plain").options.empty());
  CHECK(
      parse_multipart(type, part(R"(form-data; name=f; filename="C:\dir\a.txt")", "") + "--BB--")[0]
          .filename == "a.txt");
}
