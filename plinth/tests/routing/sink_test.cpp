// Replays the exchanges recorded with FastAPI 0.143 on the same application made with plinth.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "plinth/testing.hpp"
#include "routing/sink_app.hpp"

namespace {

using namespace plinth;

struct Exchange {
  std::string name;
  TestRequest request;
  int status;
  std::map<std::string, std::string> headers;
  std::string body;
};

// Header fields were sent as ISO 8859-1.
std::string to_latin1(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes += text[i];
    } else {
      bytes +=
          static_cast<char>(((lead & 0x1f) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3f));
    }
  }
  return bytes;
}

Exchange read_exchange(const std::string& line) {
  auto json = Json::parse(line);
  Exchange exchange;
  exchange.name = json["name"].str();
  exchange.request.method = json["method"].str();
  exchange.request.url = json["path"].str();
  if (!json["ctype"].is_null()) exchange.request.content_type = json["ctype"].str();
  if (!json["body"].is_null()) exchange.request.body = json["body"].str();
  for (const auto& header : json["headers"].items()) {
    exchange.request.headers.emplace_back(header[0].str(), to_latin1(header[1].str()));
  }
  exchange.status = std::stoi(json["status_line"].str().substr(9, 3));
  for (const auto& header : json["resp_headers"].items()) {
    exchange.headers[header[0].str()] = header[1].str();
  }
  exchange.body = json["resp_body"].str();
  return exchange;
}

std::vector<Exchange> read_recording() {
  std::ifstream file(std::string(PLINTH_TEST_DATA) + "/sink.jsonl");
  std::vector<Exchange> exchanges;
  for (std::string line; std::getline(file, line);) exchanges.push_back(read_exchange(line));
  return exchanges;
}

// What later parts of plinth will answer, or cannot be written in C++.
bool is_out_of_reach(const std::string& path) {
  static const std::set<std::string> paths = {
      "/f/file",
      "/f/files",
      "/f/bytes",  // uploads
      "/r/stream",
      "/r/sse",
      "/r/jsonl",  // streams
      "/r/file",   // files
      "/sub",
      "/sub/",
      "/sub/z",
      "/sub/docs",          // mounted applications
      "/sub/openapi.json",  //
      "/r/bad",             // a C++ type keeps its word
      "/r/delcookie",       // Response::delete_cookie
      "/openapi.json",      // see openapi_test.cpp
  };
  return paths.contains(path.substr(0, path.find('?')));
}

struct Deviation {
  std::string url;
  std::string sent;  // part of the request's body
  int status;
  std::string body;
};

// Where we answer otherwise on purpose; docs/deviations.md has the reasons.
const std::vector<Deviation>& deviations() {
  static const auto too_big = [](std::string where, std::string input) {
    return R"({"detail":[{"type":"int_parsing_size","loc":[)" + where +
           R"(],"msg":"Unable to parse input string as an integer, exceeded maximum size","input":)" +
           input + "}]}";
  };
  static const std::vector<Deviation> rows = {
      // std::int64_t is no int of any length.
      {"/p/int/9223372036854775808", "", 422, too_big(R"("path","v")", R"("9223372036854775808")")},
      {"/p/int/123456789012345678901234567890", "", 422,
       too_big(R"("path","v")", R"("123456789012345678901234567890")")},
      {"/b/item", "123456789012345678901234567890", 422,
       too_big(R"("body","qty")", "123456789012345678901234567890")},
      // A std::set is in order, Python's is not.
      {"/b/item", R"(["a", "b", "a"])", 200,
       R"({"name":"n","price":1.5,"qty":1,"ok":true,"tags":["a","b"],"addr":null,"addrs":[],)"
       R"("m":{},"u":null,"when":null,"day":null,"tm":null,"dur":null,"dec":null,"color":null,)"
       R"("pet":null,"uni":null,"tup":null,"url":null,"secret":null,"by":null,"camelName":null,)"
       R"("any":null})"},
      // No request is answered 500 for what it says.
      {"/b/item", "NaN", 422,
       R"({"detail":[{"type":"greater_than","loc":["body","price"],)"
       R"("msg":"Input should be greater than 0","input":null,"ctx":{"gt":0.0}}]})"},
      {"/r/nan", "", 200, R"({"a":null})"},
  };
  return rows;
}

const Deviation* find_deviation(const TestRequest& request) {
  auto fits = [&](const Deviation& row) {
    return row.url == request.url && request.body.find(row.sent) != std::string::npos;
  };
  auto found = std::ranges::find_if(deviations(), fits);
  return found == deviations().end() ? nullptr : &*found;
}

// Redirects stay on their host without naming it; Allow lists a Python set.
std::string comparable(const std::string& name, std::string value) {
  const std::string recorded_host = "http://h.test";
  if (name == "location" && value.starts_with(recorded_host)) {
    value.erase(0, recorded_host.size());
  }
  if (name == "allow") std::ranges::sort(value);
  return value;
}

void check_headers(const TestResponse& answer, const Exchange& exchange) {
  std::map<std::string, std::string> got;
  for (const auto& [name, value] : answer.headers) got[name] = comparable(name, value);
  std::map<std::string, std::string> expected;
  for (const auto& [name, value] : exchange.headers) expected[name] = comparable(name, value);
  // Every 401 says how to authenticate (RFC 9110, 11.6.1).
  if (exchange.status == 401) expected.try_emplace("www-authenticate", "Bearer");
  if (exchange.name == "dep_log") expected["content-length"] = got["content-length"];
  auto text = [](const std::map<std::string, std::string>& fields) {
    std::string lines;
    for (const auto& [name, value] : fields) lines += name + ": " + value + "\n";
    return lines;
  };
  CHECK(text(got) == text(expected));
}

}  // namespace

TEST_CASE("the recorded exchanges are answered as FastAPI answers them") {
  auto app = sink::make_app();
  TestClient client(app, {.raise_server_exceptions = false, .follow_redirects = false});
  int replayed = 0;
  int deviating = 0;
  int order_logs = 0;
  for (auto& exchange : read_recording()) {
    INFO(exchange.name << " " << exchange.request.method << " " << exchange.request.url << " "
                       << exchange.request.body);
    if (is_out_of_reach(exchange.request.url)) continue;
    if (exchange.name == "dep_log") {
      ++order_logs;
      // Dependencies end before the response is sent: commit before reply.
      if (order_logs == 1) {
        exchange.body = R"(["a+","b+","c","a+","nc","handler","a-","b-","a-","bg"])";
      }
      // The recording leaves this one out.
      if (order_logs == 3) CHECK(client.get("/d/catch").text == R"({"detail":"from dep"})");
    }
    auto answer = client.request(exchange.request);
    ++replayed;
    if (const auto* deviation = find_deviation(exchange.request)) {
      CHECK(answer.status == deviation->status);
      CHECK(answer.text == deviation->body);
      ++deviating;
      continue;
    }
    CHECK(answer.status == exchange.status);
    CHECK(answer.text == exchange.body);
    check_headers(answer, exchange);
  }
  CHECK(replayed == 345);
  CHECK(deviating == 6);
  CHECK(order_logs == 3);
}
