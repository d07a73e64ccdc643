// Whatever is in a text, it makes one line, and drives no terminal.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/context.hpp"
#include "base/log.hpp"
#include "base/log_escape.hpp"
#include "base/trace.hpp"
#include "logging/format.hpp"
#include "plinth/app.hpp"
#include "plinth/json.hpp"
#include "plinth/middleware.hpp"
#include "plinth/security_log.hpp"
#include "plinth/testing.hpp"

using namespace plinth;
using logging::Level;

namespace {

// What ends lines, drives terminals, turns text around, ends quotes, or is no UTF-8.
constexpr std::array<std::string_view, 34> pieces = {"\n",
                                                     "\r",
                                                     "\r\n",
                                                     "\t",
                                                     "\x1b[2J",
                                                     "\x1b]0;title\x07",
                                                     "\x1b[31m",
                                                     "\x7f",
                                                     "\b\b\b",
                                                     "\v\f",
                                                     "\xc2\x85",
                                                     "\xc2\x9b"
                                                     "2J",
                                                     "\xe2\x80\xa8",
                                                     "\xe2\x80\xa9",
                                                     "\xe2\x80\xae",
                                                     "\xe2\x81\xa6",
                                                     "\xd8\x9c",
                                                     "\xff\xfe",
                                                     "\x9b",
                                                     "\xc0\x8a",
                                                     "\xed\xa0\x80",
                                                     "\xf4\x90\x80\x80",
                                                     "\xe2\x82",
                                                     "\"",
                                                     "\\",
                                                     "\"}\n{\"level\":\"CRITICAL\"",
                                                     "\",\"user_id\":\"1\"",
                                                     "' OR 1=1 --",
                                                     "${jndi:ldap://x}",
                                                     "%0a%0d",
                                                     " level=ERROR",
                                                     "\xf0\x9f\x98\x80",
                                                     "abc",
                                                     "="};

class Hostile {
 public:
  std::string text() {
    std::string made;
    for (auto left = random_() % 8; left > 0; --left) {
      made += random_() % 5 == 0 ? std::string(1, static_cast<char>(random_()))
                                 : std::string(pieces[random_() % pieces.size()]);
    }
    if (random_() % 64 == 0) made += std::string(9000, 'x') + "\n";
    return made;
  }
  std::uint64_t number() { return random_(); }

 private:
  std::mt19937_64 random_{20'261'126};
};

// The code point at the front, taken off; -1 for what is no UTF-8.
int next(std::string_view& text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<int>(static_cast<unsigned char>(text[i])) : 0;
  };
  const int lead = byte(0);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  int point = size == 1 ? lead : lead & (0x7f >> size);
  bool good = lead < 0x80 || lead >= 0xc2;
  for (std::size_t i = 1; i < size; ++i) {
    good = good && (byte(i) & 0xc0) == 0x80;
    point = point << 6 | (byte(i) & 0x3f);
  }
  text.remove_prefix(std::min(size, text.size()));
  return good ? point : -1;
}

// "" when the text is one line that nobody can be fooled by.
std::string wrong_with(std::string_view line) {
  if (!line.ends_with('\n')) return "it does not end";
  line.remove_suffix(1);
  while (!line.empty()) {
    const int c = next(line);
    if (c < 0) return "it is not UTF-8";
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return "it has the control " + std::to_string(c);
    if (c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
        (c >= 0x2066 && c <= 0x2069)) {
      return "it has the separator or mark " + std::to_string(c);
    }
  }
  return {};
}

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::string read() {
    std::string text(65536, '\0');
    const auto got = ::read(ends[0], text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }
  int ends[2];
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find('\n', start), text.size() - 1);
    lines.push_back(text.substr(start, end + 1 - start));
    start = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("hostile text in any place of a record is one line, in both formats") {
  Hostile hostile;
  for (int i = 0; i < 5000; ++i) {
    std::array<std::string, 12> texts;
    for (auto& text : texts) text = hostile.text();
    const logging::Field fields[] = {{"event", texts[0]},
                                     {texts[1], texts[2]},
                                     {"level", texts[3]},
                                     {"user_id", texts[4]},
                                     {"password", texts[5]}};
    const logging::Record record{
        .level = Level::info, .message = texts[6], .fields = fields, .logger = texts[7]};
    const logging::Moment moment{.microseconds = 1'795'358'945'514'340,
                                 .request_id = texts[8],
                                 .user_id = texts[9],
                                 .task_id = texts[10],
                                 .task_name = texts[11]};
    std::string json;
    append_json_line(json, record, moment);
    CAPTURE(json);
    REQUIRE(wrong_with(json) == "");
    const auto read = Json::parse(json);
    CHECK(read["level"].str() == "INFO");
    CHECK(read["password"].str() == "**********");
    CHECK(read.contains("level_"));
    if (!texts[9].empty()) CHECK(read.contains("user_id_"));

    std::string console;
    append_console_line(console, record, moment, false);
    CAPTURE(console);
    REQUIRE(wrong_with(console) == "");
  }
}

TEST_CASE("before logging is configured lines are as safe") {
  Pipe pipe;
  const int before = ::dup(2);
  REQUIRE(::dup2(pipe.ends[1], 2) == 2);
  const std::string id = "a\nb\x1b[2J";
  const base::Context context{.request_id = &id};
  {
    const base::ContextScope scope(&context);
    base::log(Level::error, "a\xe2\x80\xa8\xc2\x9b\n", {{"x\n", "\r\n\x1b[1m"}});
  }
  ::dup2(before, 2);
  ::close(before);
  CHECK(pipe.read() == "ERROR: a\\u2028\\x9b\\n x\\n=\\r\\n\\x1b[1m request_id=a\\nb\\x1b[2J\n");
}

namespace {

std::string thrown_text;
Json broken() { throw std::runtime_error(thrown_text); }

Json known(const Request& request) {
  logging::set_user_id(request.header("x-user").value_or(""));
  logging::security(SecurityEvent::authn_login_fail,
                    {{"user", request.header("x-user").value_or("")}});
  logging::info(std::string(request.header("x-user").value_or("")));
  return Json::object({});
}

}  // namespace

TEST_CASE("a request cannot forge a line, whatever it is and whatever is thrown") {
  for (const char* format : {"json", "console"}) {
    App app;
    app.use(AccessLog{});
    app.use(RequestId{});
    app.get<broken>("/broken/{rest}");
    app.get<known>("/known/{rest}");
    TestClient client(app, {.raise_server_exceptions = false});
    Pipe pipe;
    Hostile hostile;
    for (int i = 0; i < 200; ++i) {
      auto configured =
          configure_logging({.format = format, .color = false, .file_descriptor = pipe.ends[1]});
      thrown_text = hostile.text();
      std::string path = i % 2 == 0 ? "/broken/x" : "/known/x";
      for (const char byte : hostile.text()) {  // a client may encode anything
        constexpr std::string_view digits = "0123456789abcdef";
        path += '%';
        const auto c = static_cast<unsigned char>(byte);
        path += digits[c >> 4];
        path += digits[c & 15];
      }
      client.request({.url = path,
                      .headers = {{"x-user", hostile.text()},
                                  {"user-agent", hostile.text()},
                                  {"x-request-id", hostile.text()}}});
      configured.flush();
      const auto lines = split(pipe.read());
      CHECK(lines.size() >= 1);
      CHECK(lines.size() <= 3);
      for (const auto& line : lines) {
        CAPTURE(line);
        CHECK(wrong_with(line) == "");
        if (format == std::string_view("json")) CHECK_NOTHROW(Json::parse(line));
      }
    }
  }
}
