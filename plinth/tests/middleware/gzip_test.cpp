#include <doctest/doctest.h>

#include "http/gzip.hpp"
#include "middleware/harness.hpp"

using namespace plinth;

namespace {

Response text(std::size_t size) { return {.body = std::string(size, 'a')}; }

Exchange get(detail::Middleware& gzip, std::string_view accepted, Response answer) {
  return pass(gzip, "GET", {{"accept-encoding", accepted}}, std::move(answer));
}

}  // namespace

TEST_CASE("a body is compressed from the minimum size on") {
  auto gzip = make(Gzip{.minimum_size = 1024});
  auto large = get(*gzip, "gzip", text(1024));
  CHECK(large.header("content-encoding") == "gzip");
  CHECK(large.header("vary") == "Accept-Encoding");
  CHECK(http::gunzip(large.response.body, 2000) == std::string(1024, 'a'));

  auto small = get(*gzip, "gzip", text(1023));
  CHECK(small.header("content-encoding") == "(none)");
  CHECK(small.header("vary") == "(none)");
  CHECK(small.response.body == std::string(1023, 'a'));
}

TEST_CASE("gzip's header is as Python's: no time, best compression, Unix") {
  auto gzip = make(Gzip{.minimum_size = 1});
  auto made = get(*gzip, "gzip", text(100));
  const std::string_view head("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03", 10);
  CHECK(made.response.body.starts_with(head));
}

TEST_CASE("whether the client takes gzip is read from Accept-Encoding") {
  struct Row {
    std::string_view name;
    std::string_view field;
    bool compressed;
  };
  const Row rows[] = {{"among others", "deflate, gzip, br", true},
                      {"in capitals", "GZIP", true},
                      {"by its old name", "x-gzip", true},
                      {"with a quality", "br;q=1.0, gzip;q=0.1", true},
                      {"refused", "gzip;q=0", false},
                      {"refused with decimals", "gzip; q=0.000, *", false},
                      {"refused in capitals", "gzip;Q=0", false},
                      {"not named", "br, deflate", false},
                      {"a star", "*", false},
                      {"a longer word", "gzipped", false},
                      {"empty", "", false},
                      {"a quality that is none", "gzip;q=x", true},
                      {"a parameter before the quality", "gzip;a=1;q=0", false}};
  auto gzip = make(Gzip{.minimum_size = 1});
  for (const auto& row : rows) {
    CAPTURE(row.name);
    auto made = get(*gzip, row.field, text(600));
    CHECK((made.header("content-encoding") == "gzip") == row.compressed);
    CHECK(made.header("vary") == "Accept-Encoding");
  }
}

TEST_CASE("several Accept-Encoding fields are one list") {
  auto gzip = make(Gzip{.minimum_size = 1});
  auto made =
      pass(*gzip, "GET", {{"accept-encoding", "br"}, {"accept-encoding", "gzip"}}, text(600));
  CHECK(made.header("content-encoding") == "gzip");
}

TEST_CASE("what would not become smaller is left as it is") {
  auto gzip = make(Gzip{.minimum_size = 1});
  auto image = text(600);
  image.media_type = "image/png";
  CHECK(get(*gzip, "gzip", std::move(image)).header("content-encoding") == "(none)");

  auto sound = text(600);
  sound.headers.append("content-type", "Audio/Ogg; codecs=opus");
  CHECK(get(*gzip, "gzip", std::move(sound)).header("vary") == "(none)");

  auto drawing = text(600);
  drawing.media_type = "image/svg+xml";
  CHECK(get(*gzip, "gzip", std::move(drawing)).header("content-encoding") == "gzip");
}

TEST_CASE("partial content and what is encoded already are left as they are") {
  auto gzip = make(Gzip{.minimum_size = 1});
  auto partial = text(600);
  partial.status = 206;
  CHECK(get(*gzip, "gzip", std::move(partial)).header("content-encoding") == "(none)");

  auto encoded = text(600);
  encoded.headers.append("content-encoding", "br");
  auto made = get(*gzip, "gzip", std::move(encoded));
  CHECK(made.header("content-encoding") == "br");
  CHECK(made.response.body == std::string(600, 'a'));
}

TEST_CASE("a large body is compressed on a worker thread, with the same result") {
  auto here = make(Gzip{.minimum_size = 1, .thread_minimum_size = 1'000'000});
  auto there = make(Gzip{.minimum_size = 1, .thread_minimum_size = 1});
  CHECK(get(*here, "gzip", text(50'000)).response.body ==
        get(*there, "gzip", text(50'000)).response.body);
}

TEST_CASE("bytes that live for ever are compressed once") {
  static const std::string page(5000, 'p');
  auto gzip = make(Gzip{.minimum_size = 1});
  auto first = get(*gzip, "gzip", {.static_body = page});
  auto second = get(*gzip, "gzip", {.static_body = page});
  CHECK(http::gunzip(first.response.static_body, 10'000) == page);
  CHECK(first.response.static_body.data() == second.response.static_body.data());
  CHECK(get(*gzip, "", {.static_body = page}).response.static_body == page);
}

TEST_CASE("a length that is given is corrected") {
  auto gzip = make(Gzip{.minimum_size = 1});
  auto answer = text(600);
  answer.headers.append("content-length", "600");
  auto made = get(*gzip, "gzip", std::move(answer));
  CHECK(made.header("content-length") == std::to_string(made.response.body.size()));
}

TEST_CASE("what is no gzip, or inflates beyond the limit, is nothing") {
  CHECK(http::gunzip("not gzip", 100) == std::nullopt);
  const auto packed = http::gzip(std::string(100'000, 'a'));
  CHECK(http::gunzip(packed, 99'999) == std::nullopt);
  CHECK(http::gunzip(packed, 100'000) == std::string(100'000, 'a'));
  CHECK(http::gunzip(packed.substr(0, packed.size() - 1), 100'000) == std::nullopt);
}
