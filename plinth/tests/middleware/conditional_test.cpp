#include "plinth/conditional.hpp"

#include <doctest/doctest.h>

#include "http/gzip.hpp"
#include "middleware/harness.hpp"
#include "plinth/error.hpp"

using namespace plinth;

namespace {

struct NoteRead {
  std::int64_t id;
  std::string text;
};

Response with_etag(std::string tag) {
  Response response{.body = R"({"id":1})"};
  response.headers.append("cache-control", "private");
  set_etag(response, tag);
  return response;
}

// The status that check ends with; 200 when it lets pass.
template <class Check>
int status_of(Check check) {
  try {
    check();
  } catch (const HttpError& error) {
    return error.status;
  }
  return 200;
}

Request asking(std::string_view name, std::string_view value) {
  Request request{.method = "PATCH"};
  request.headers.push_back({name, value});
  return request;
}

}  // namespace

TEST_CASE("the tag of a value is that of its JSON, and changes with it") {
  const auto note = NoteRead{1, "tea"};
  CHECK(etag(note) == etag(std::string_view(R"({"id":1,"text":"tea"})")));
  CHECK(etag(note) != etag(NoteRead{1, "Tea"}));
  CHECK(etag(note).size() == 24);  // 16 bytes in base64url, two quotes
  CHECK(etag(note).front() == '"');
  CHECK(etag(note).back() == '"');
}

TEST_CASE("a GET gets a tag, and 304 when it has seen that one") {
  auto tags = make(ETag{});
  auto first = pass(*tags, "GET", {});
  CHECK(first.response.status == 200);
  const auto tag = first.header("etag");
  CHECK(tag == etag(std::string_view("{}")));

  auto again = pass(*tags, "GET", {{"if-none-match", tag}});
  CHECK(again.response.status == 304);
  CHECK(again.response.content().empty());
  CHECK(again.response.media_type.empty());
  CHECK(again.header("etag") == tag);
  CHECK(pass(*tags, "HEAD", {{"if-none-match", tag}}).response.status == 304);
  CHECK(pass(*tags, "GET", {{"if-none-match", "*"}}).response.status == 304);
  CHECK(pass(*tags, "GET", {{"if-none-match", "\"other\""}}).response.status == 200);
  CHECK(pass(*tags, "POST", {{"if-none-match", tag}}).response.status == 200);
}

TEST_CASE("the tag of a handler counts; what a 200 would say besides stays") {
  auto tags = make(ETag{.automatic = false});
  CHECK(pass(*tags, "GET", {}).header("etag") == "(none)");
  auto made = pass(*tags, "GET", {{"if-none-match", "W/\"7\""}}, with_etag("\"7\""));
  CHECK(made.response.status == 304);
  CHECK(made.header("cache-control") == "private");
}

TEST_CASE("errors, what must not be stored and what is too long have no tag") {
  auto tags = make(ETag{.body_bytes_max = 10});
  CHECK(pass(*tags, "GET", {}, {.status = 404, .body = "{}"}).header("etag") == "(none)");
  CHECK(pass(*tags, "GET", {}, {.body = std::string(11, 'a')}).header("etag") == "(none)");
  auto private_answer = Response{.body = "{}"};
  private_answer.headers.append("cache-control", "private, No-Store");
  CHECK(pass(*tags, "GET", {}, std::move(private_answer)).header("etag") == "(none)");
}

TEST_CASE("lists of tags are read as RFC 9110 writes them, and no further") {
  struct Row {
    std::string_view field;
    bool matches;
  };
  const Row rows[] = {{"\"7\"", true},
                      {"\"a\", \"7\"", true},
                      {" \"a\" ,, W/\"7\" ", true},
                      {"\"a,b\",\"7\"", true},
                      {"7", false},
                      {"\"7", false},
                      {"w/\"7\"", false},
                      {"\"a\" \"7\"", false},
                      {"\"7 \"", false},
                      {"'7'", false},
                      {"\"77\"", false},
                      {"\"\"", false},
                      {"", false},
                      {"*, \"7\"", false}};
  auto tags = make(ETag{});
  for (const auto& row : rows) {
    CAPTURE(row.field);
    auto made = pass(*tags, "GET", {{"if-none-match", row.field}}, with_etag("\"7\""));
    CHECK((made.response.status == 304) == row.matches);
  }
  auto two = pass(*tags, "GET", {{"if-none-match", "\"a\""}, {"if-none-match", "\"7\""}},
                  with_etag("\"7\""));
  CHECK(two.response.status == 304);
}

TEST_CASE("a change needs the tag of what is there") {
  const auto when_required = [](Request request) {
    return status_of([&] { require_match(request, "\"7\""); });
  };
  CHECK(when_required(asking("if-match", "\"7\"")) == 200);
  CHECK(when_required(asking("if-match", "\"6\", \"7\"")) == 200);
  CHECK(when_required(asking("if-match", "*")) == 200);
  CHECK(when_required(asking("if-match", "\"6\"")) == 412);
  CHECK(when_required(asking("if-match", "W/\"7\"")) == 412);
  CHECK(when_required(asking("if-match", "7")) == 412);
  CHECK(when_required(asking("if-match", "")) == 412);
  CHECK(when_required(asking("if-none-match", "\"7\"")) == 428);
  const auto optional = asking("accept", "*/*");
  CHECK(status_of([&] { check_match(optional, "\"7\""); }) == 200);
  CHECK(status_of([&] { check_match(asking("if-match", "\"6\""), "\"7\""); }) == 412);
}

TEST_CASE("If-None-Match: * makes only what is not there") {
  const auto request = asking("if-none-match", "*");
  CHECK(status_of([&] { check_none_match(request, "\"7\""); }) == 412);
  CHECK(status_of([&] { check_none_match(request, std::nullopt); }) == 200);
  const auto tagged = asking("if-none-match", "W/\"7\"");
  CHECK(status_of([&] { check_none_match(tagged, "\"7\""); }) == 412);
  CHECK(status_of([&] { check_none_match(tagged, "\"8\""); }) == 200);
}

TEST_CASE("a compressed answer has a tag of its own, which stands for the same version") {
  auto gzip = make(Gzip{.minimum_size = 1});
  auto compress = [&](Response answer) {
    return pass(*gzip, "GET", {{"accept-encoding", "gzip"}}, std::move(answer));
  };
  auto large = with_etag("\"7\"");
  large.body = std::string(2000, 'a');
  auto compressed = compress(std::move(large));
  CHECK(compressed.header("content-encoding") == "gzip");
  CHECK(compressed.header("etag") == "\"7-gzip\"");

  auto weak = with_etag("W/\"7\"");
  weak.body = std::string(2000, 'a');
  CHECK(compress(std::move(weak)).header("etag") == "W/\"7\"");

  auto tags = make(ETag{});
  auto again = pass(*tags, "GET", {{"if-none-match", "\"7-gzip\""}}, with_etag("\"7\""));
  CHECK(again.response.status == 304);
  CHECK(again.header("etag") == "\"7-gzip\"");
  CHECK(compress(std::move(again.response)).header("vary") == "Accept-Encoding");
  const auto request = asking("if-match", "\"7-gzip\"");
  CHECK(status_of([&] { require_match(request, "\"7\""); }) == 200);
}
