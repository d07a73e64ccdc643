// Elements of queues and channels. What is read is written in a way that reads as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tasks/envelope.hpp"
#include "tasks/message.hpp"
#include "tasks/result_meta.hpp"

using namespace plinth::tasks;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto decoded = decode(text);
  if (const auto* message = std::get_if<Message>(&decoded)) {
    const auto element = encode(*message);
    auto again = decode(element);
    expect(std::holds_alternative<Message>(again));
    // A tag that is missing is made anew each time.
    if (!message->delivery_tag.empty()) expect(encode(std::get<Message>(again)) == element);
  } else {
    expect(!std::get<Malformed>(decoded).reason.empty());
  }
  if (const auto meta = decode_result(text)) {
    expect(encode(decode_result(encode(*meta)).value()) == encode(*meta));
  }
  if (const auto group = decode_group(text)) {
    expect(encode(decode_group(encode(*group)).value()) == encode(*group));
  }
  if (const auto request = decode_request(text)) {
    const auto again = decode_request(encode(*request)).value();
    expect(again.method == request->method && again.destination == request->destination);
    (void)request->is_for("w1@host");
  }
  (void)decode_reply(text);
  return 0;
}
