#include "redis/command_span.hpp"

#include <cstdint>
#include <string>

namespace plinth::redis {
namespace {

// "SET ? ?"
std::string query_text(const Words& words) {
  if (words.empty()) return {};
  std::string text = words.front();
  for (std::size_t i = 1; i < words.size(); ++i) text += " ?";
  return text;
}

base::Span make_span(const Url& url, const std::string& operation) {
  auto span = base::start_leaf_span(operation);
  span.set_attribute("db.system.name", "redis");
  span.set_attribute("db.operation.name", operation);
  span.set_attribute("db.namespace", std::to_string(url.database));
  if (url.socket_path.empty()) {
    span.set_attribute("server.address", url.host);
    span.set_attribute("server.port", std::int64_t{url.port});
  } else {
    span.set_attribute("server.address", url.socket_path);
  }
  return span;
}

}  // namespace

base::Span command_span(const Url& url, const Words& words) {
  if (!base::is_recording() || words.empty()) return {};
  auto span = make_span(url, words.front());
  span.set_attribute("db.query.text", query_text(words));
  return span;
}

base::Span pipeline_span(const Url& url, const std::vector<Words>& commands, bool atomic) {
  if (!base::is_recording()) return {};
  auto span = make_span(url, atomic ? "MULTI" : "PIPELINE");
  std::string text;
  for (const auto& words : commands)
    text.append(text.empty() ? "" : "\n").append(query_text(words));
  span.set_attribute("db.query.text", std::move(text));
  // Source: the conventions count operations only where there are two or more.
  if (commands.size() > 1) {
    span.set_attribute("db.operation.batch.size", static_cast<std::int64_t>(commands.size()));
  }
  return span;
}

base::Span script_span(const Url& url, const Script& script) {
  if (!base::is_recording()) return {};
  auto span = make_span(url, "EVALSHA");
  span.set_attribute("db.query.text", "EVALSHA " + script.sha());
  return span;
}

}  // namespace plinth::redis
