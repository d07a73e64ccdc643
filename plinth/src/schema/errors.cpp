#include "schema/errors.hpp"

#include <algorithm>

#include "json/writer.hpp"

namespace plinth::schema {

namespace {

std::vector<Error::Step> materialise(const Loc& innermost) {
  std::vector<Error::Step> steps;
  for (const Loc* step = &innermost; step != nullptr; step = step->outer) {
    if (step->index < -1) continue;  // the root
    steps.push_back({std::string(step->name), step->index});
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

void write_error(const Error& error, json::Writer& writer) {
  writer.begin_object();
  writer.key("type");
  writer.string(error.type);
  writer.key("loc");
  writer.begin_array();
  for (const auto& step : error.loc) {
    if (step.index >= 0) {
      writer.integer(step.index);
    } else {
      writer.string(step.name);
    }
  }
  writer.end_array();
  writer.key("msg");
  writer.string(error.message);
  writer.key("input");
  writer.raw(error.input);
  if (!error.ctx.empty()) {
    writer.key("ctx");
    writer.raw(error.ctx);
  }
  writer.end_object();
}

}  // namespace

void Errors::add(std::string_view type, const Loc& loc, std::string_view message, std::string input,
                 std::string ctx) {
  if (full()) return;
  errors_.push_back({std::string(type), materialise(loc), std::string(message), std::move(input),
                     std::move(ctx)});
  const Error& added = errors_.back();
  bytes_ += added.message.size() + added.input.size() + added.ctx.size() + 64;
}

void Errors::add(std::string_view type, const Loc& loc, std::string_view message,
                 const json::Node& input, const detail::Type* as, std::string ctx) {
  if (full()) return;
  std::string echo;
  write_echo(input, as, echo);
  add(type, loc, message, std::move(echo), std::move(ctx));
}

void Errors::add_missing(const Loc& loc) { add("missing", loc, "Field required", "null"); }

void Errors::add_json_invalid(std::size_t position, std::string_view reason) {
  Loc body("body");
  add("json_invalid", Loc(body, position), "JSON decode error", "{}",
      Context().text("error", reason).take());
}

void Errors::append(Errors&& others) {
  for (auto& error : others.errors_) {
    if (full()) break;
    bytes_ += error.message.size() + error.input.size() + error.ctx.size() + 64;
    errors_.push_back(std::move(error));
  }
}

std::string Errors::to_json() const {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.key("detail");
  writer.begin_array();
  for (const auto& error : errors_) write_error(error, writer);
  writer.end_array();
  writer.end_object();
  return out;
}

Context& Context::raw(std::string_view key, std::string_view json_text) {
  if (json_.size() > 1) json_ += ',';
  json::append_quoted(json_, key);
  json_ += ':';
  json_ += json_text;
  return *this;
}

Context& Context::text(std::string_view key, std::string_view value) {
  std::string quoted;
  json::append_quoted(quoted, value);
  return raw(key, quoted);
}

Context& Context::number(std::string_view key, std::int64_t value) {
  return raw(key, std::to_string(value));
}

std::string Context::take() { return std::move(json_) + "}"; }

}  // namespace plinth::schema
