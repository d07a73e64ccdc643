// Names of uploaded files that lead elsewhere.
#include <doctest/doctest.h>

#include <string>

#include "http/multipart.hpp"

using namespace plinth;

TEST_CASE("the name of an uploaded file is a text that opens nothing, its content a view") {
  for (const std::string name : {"../../etc/cron.d/evil", "/etc/passwd", "C:evil", "a/../b", "."}) {
    CAPTURE(name);
    const std::string body = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" +
                             name + "\"\r\n\r\nevil\r\n--b--\r\n";
    const auto parts = http::parse_multipart("multipart/form-data; boundary=b", body);
    REQUIRE(parts.size() == 1);
    CHECK(parts[0].filename == name);
    CHECK(parts[0].content == "evil");
    CHECK(parts[0].content.data() >= body.data());
    CHECK(parts[0].content.data() < body.data() + body.size());
  }
}
