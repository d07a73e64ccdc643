// The seed's own answers: 109 exchanges recorded from its Python application, asked again here.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conftest.hpp"
#include "deviations.hpp"

using namespace app;

namespace {

using Fields = std::multimap<std::string, std::string>;

struct Exchange {
  std::string name;
  TestRequest request;
  int status;
  Fields headers;
  std::string body;
};

// The recording shows bytes as the code points 0 to 255.
std::string bytes_of(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      bytes += text[i];
    } else {
      auto second = static_cast<unsigned char>(text[++i]);
      bytes += static_cast<char>(((first & 0x03u) << 6) | (second & 0x3fu));
    }
  }
  return bytes;
}

// What the connection adds, what differs from one answer to the next, and what is said to browsers
// and of limits in addition (docs/deviations/middleware.md).
bool is_of_the_message(std::string_view name) {
  static const std::set<std::string_view> others{"date",
                                                 "server",
                                                 "connection",
                                                 "x-request-id",
                                                 "content-security-policy",
                                                 "x-content-type-options",
                                                 "x-frame-options",
                                                 "referrer-policy",
                                                 "cross-origin-resource-policy",
                                                 "cross-origin-opener-policy",
                                                 "permissions-policy",
                                                 "ratelimit",
                                                 "ratelimit-policy",
                                                 "access-control-expose-headers"};
  return !others.contains(name);
}

Exchange read_exchange(const Json& recorded) {
  const std::string& line = recorded["request_line"].str();
  auto method_end = line.find(' ');
  auto target_end = line.rfind(' ');
  Exchange exchange{.name = recorded["name"].str(),
                    .request = {.method = line.substr(0, method_end)},
                    .status = std::stoi(recorded["status_line"].str().substr(9, 3)),
                    .headers = {},
                    .body = bytes_of(recorded["resp_body"].str())};
  if (method_end != target_end) {
    exchange.request.url = line.substr(method_end + 1, target_end - method_end - 1);
  }
  for (const Json& header : recorded["headers"].items()) {
    std::string name = header[0].str();
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name != "content-length") exchange.request.headers.emplace_back(name, header[1].str());
  }
  exchange.request.body = bytes_of(recorded["body"].str());
  for (const Json& header : recorded["resp_headers"].items()) {
    if (is_of_the_message(header[0].str())) {
      exchange.headers.emplace(header[0].str(), header[1].str());
    }
  }
  if (exchange.request.method == "HEAD") exchange.body.clear();
  return exchange;
}

std::vector<Exchange> read_exchanges() {
  std::ifstream file(PLINTH_TEST_DATA "/seed.jsonl");
  std::vector<Exchange> exchanges;
  for (std::string line; std::getline(file, line);) {
    exchanges.push_back(read_exchange(Json::parse(line)));
  }
  return exchanges;
}

// The moment an account was made, its number and a token are of this run.
std::string without_moments(std::string text) {
  for (std::string_view key : {"\"created_at\":\"", "\"access_token\":\"", "{\"id\":"}) {
    auto begin = text.find(key);
    if (begin == std::string::npos) continue;
    begin += key.size();
    text.replace(begin, text.find_first_of("\",", begin) - begin, "…");
  }
  return text;
}

Fields fields_of(const Headers& headers) {
  Fields fields;
  for (const auto& [name, value] : headers) {
    if (is_of_the_message(name)) fields.emplace(name, value);
  }
  return fields;
}

std::string text_of(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (name != "content-length") text += name + ": " + value + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("the answers are the seed's, but for the listed deviations") {
  auto clock = freeze_time("2026-11-22T14:49:05Z");
  auto app = create_test_app();
  auto client = TestClient(app, {.raise_server_exceptions = true, .follow_redirects = false});
  std::size_t same = 0;

  for (const Exchange& exchange : read_exchanges()) {
    const Deviation* deviation = find_deviation(exchange.name);
    if (deviation && deviation->below) continue;
    CAPTURE(exchange.name);
    auto answer = client.request(exchange.request);
    auto headers = text_of(fields_of(answer.headers));

    auto expected = deviation ? *deviation : Deviation{.name = exchange.name};
    if (deviation == nullptr) ++same;

    CHECK(answer.status == (expected.status != same_status ? expected.status : exchange.status));
    if (expected.body == nullptr) {
      CHECK(without_moments(answer.text) == without_moments(exchange.body));
    } else {
      CHECK(answer.text.find(expected.body) != std::string::npos);
    }
    if (expected.headers == nullptr) {
      CHECK(headers == text_of(exchange.headers));
    } else {
      CHECK(headers == expected.headers);
    }
  }
  CHECK(same == 65);
}
