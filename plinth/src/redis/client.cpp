#include "redis/client.hpp"

#include <utility>

#include "redis/client_state.hpp"
#include "redis/command_span.hpp"

namespace plinth::redis {

namespace {

using StatePointer = std::shared_ptr<ClientState>;

std::string encoded(const Words& words) {
  std::string bytes;
  append_command(bytes, words);
  return bytes;
}

Task<Reply> ask_one(StatePointer state, std::string bytes) {
  auto replies = co_await state->ask(std::move(bytes), 1);
  co_return checked(std::move(replies.front()));
}

Task<std::vector<Reply>> ask_in_order(StatePointer state, std::string bytes, std::size_t count) {
  co_return co_await state->ask(std::move(bytes), count);
}

Task<std::vector<Reply>> ask_atomically(StatePointer state, std::string bytes, std::size_t count) {
  auto replies = co_await state->ask(std::move(bytes), count + 2);
  auto& executed = replies.back();
  if (executed.is_error()) {
    // EXECABORT says nothing; the command that was refused said why.
    for (auto& reply : replies) checked(std::move(reply));
  }
  co_return std::move(executed.items);
}

Words words_of(const char* verb, const std::string& what, Words keys, Words arguments) {
  Words words;
  words.reserve(3 + keys.size() + arguments.size());
  words.emplace_back(verb);
  words.push_back(what);
  words.push_back(std::to_string(keys.size()));
  for (auto& key : keys) words.push_back(std::move(key));
  for (auto& argument : arguments) words.push_back(std::move(argument));
  return words;
}

// Scripts are lost only by SCRIPT FLUSH: each new connection loads them.
Task<Reply> evaluate(StatePointer state, const Script& script, Words keys, Words arguments) {
  state->learn(script);
  auto words = words_of("EVALSHA", script.sha(), std::move(keys), std::move(arguments));
  auto replies = co_await state->ask(encoded(words), 1);
  if (!replies.front().is_error() || error_prefix(replies.front().text) != "NOSCRIPT") {
    co_return checked(std::move(replies.front()));
  }
  state->load_scripts_again();
  words[0] = "EVAL";
  words[1] = script.text();
  replies = co_await state->ask(encoded(words), 1);
  co_return checked(std::move(replies.front()));
}

Task<std::vector<Reply>> no_replies() { co_return {}; }

}  // namespace

Client::Client(Url url, ClientOptions options)
    : state_(std::make_shared<ClientState>(std::move(url), std::move(options))) {
  state_->start();
}

Client::~Client() { state_->close(); }

Task<Reply> Client::command(Words words) {
  return traced(command_span(state_->url(), words), ask_one(state_, encoded(words)));
}

Task<std::vector<Reply>> Client::pipeline(std::vector<Words> commands, Together together) {
  if (commands.empty()) return no_replies();
  std::string bytes;
  const bool atomic = together == Together::atomic;
  if (atomic) append_command(bytes, {"MULTI"});
  for (const auto& words : commands) append_command(bytes, words);
  auto span = pipeline_span(state_->url(), commands, atomic);
  if (!atomic) {
    return traced(std::move(span), ask_in_order(state_, std::move(bytes), commands.size()));
  }
  append_command(bytes, {"EXEC"});
  return traced(std::move(span), ask_atomically(state_, std::move(bytes), commands.size()));
}

Task<Reply> Client::eval(const Script& script, Words keys, Words arguments) {
  return traced(script_span(state_->url(), script),
                evaluate(state_, script, std::move(keys), std::move(arguments)));
}

Words Client::call(const Script& script, Words keys, Words arguments) {
  state_->learn(script);
  return words_of("EVALSHA", script.sha(), std::move(keys), std::move(arguments));
}

void Client::post(Words words) { state_->post(encoded(words)); }

bool Client::is_connected() const { return state_->is_connected(); }

std::uint64_t Client::connections() const { return state_->connections(); }

std::size_t Client::pending() const { return state_->pending(); }

}  // namespace plinth::redis
