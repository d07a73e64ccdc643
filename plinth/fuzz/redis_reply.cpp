// Bytes from a server that says it is Redis: the same replies in whatever pieces they come, of a
// bounded size, and a refusal that is final.
#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "expect.hpp"
#include "redis/reply.hpp"
#include "redis/url.hpp"

using namespace plinth;
using fuzz::expect;
using redis::Reply;

namespace {

constexpr std::size_t bytes_limit = 2000;

// As RESP2 has it, but for what it has two spellings of.
void write(std::string& out, const Reply& reply, std::size_t depth = 0) {
  expect(depth < 64);
  switch (reply.kind) {
    case Reply::Kind::nil:
      out += "$-1\r\n";
      return;
    case Reply::Kind::status:
      (out += '+') += reply.text + "\r\n";
      return;
    case Reply::Kind::error:
      (out += '-') += reply.text + "\r\n";
      return;
    case Reply::Kind::integer:
      (out += ':') += std::to_string(reply.integer) + "\r\n";
      return;
    case Reply::Kind::bulk:
      (out += '$') += std::to_string(reply.text.size()) + "\r\n" + reply.text + "\r\n";
      return;
    case Reply::Kind::array:
      (out += '*') += std::to_string(reply.items.size()) + "\r\n";
      for (const auto& item : reply.items) write(out, item, depth + 1);
  }
}

struct Outcome {
  std::string replies;
  bool refused = false;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view bytes, std::size_t step) {
  redis::ReplyReader reader(bytes_limit);
  Outcome outcome;
  try {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
      reader.feed(bytes.substr(0, step));
      while (const auto reply = reader.next()) {
        expect(!reply->is_error() || redis::error_prefix(reply->text).size() <= reply->text.size());
        write(outcome.replies, *reply);
      }
    }
  } catch (const std::runtime_error&) {
    outcome.refused = true;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::as_text(data, size);
  const auto slowly = read(bytes, 1);
  // Whether an unfinished reply is too large shows sooner when it comes at once.
  const auto once = read(bytes, 600);
  expect(once.replies == slowly.replies);
  if (!slowly.refused) {
    const auto again = read(slowly.replies, 7);
    expect(!again.refused && again.replies == slowly.replies);
  }
  try {
    // What is shown does not depend on the password.
    const auto url = redis::parse_url(bytes);
    auto other = url;
    other.password += "x";
    expect(url.password.empty() || other.shown() == url.shown());
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
