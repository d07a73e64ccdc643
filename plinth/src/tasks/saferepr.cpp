// Celery shows a value as a stream of tokens and counts as it goes: once `left_` is used up, one
// ", ..." is written and then only the brackets that are still open.
#include <string>
#include <string_view>
#include <vector>

#include "json/utf8.hpp"
#include "schema/python_text.hpp"
#include "tasks/python_text.hpp"

namespace plinth::tasks {

namespace {

constexpr int levels_max = 3;

std::size_t bytes_of(std::string_view text, std::size_t code_points) {
  std::size_t position = 0;
  while (code_points-- > 0 && position < text.size()) json::next_code_point(text, position);
  return position;
}

// Celery's truncate(): up to the last space of the first `size_max` code points.
std::string cut(std::string_view text, std::size_t size_max) {
  if (text.size() < size_max || json::count_code_points(text) < size_max) return std::string(text);
  const auto kept = text.substr(0, bytes_of(text, size_max));
  return std::string(kept.substr(0, kept.rfind(' '))) + "...";
}

std::string quoted(std::string_view text, std::size_t size_max) {
  std::string out = "'";
  for (char c : cut(text, size_max)) {
    if (c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

struct Brackets {
  std::string_view open;
  std::string_view close;
};

class SafeRepr {
 public:
  explicit SafeRepr(std::size_t size_max) : left_(static_cast<std::ptrdiff_t>(size_max)) {}

  void value(const json::Node& node) {
    if (node.is_array()) return sequence(node, {"[", "]"});
    if (node.is_object()) return mapping(node);
    if (!room()) return;
    const auto size_max = static_cast<std::size_t>(left_);
    put(node.is_string() ? quoted(json::repair_utf8(node.string()), size_max)
                         : cut(schema::python_str(node), size_max));
  }

  void sequence(const json::Node& array, Brackets brackets) {
    if (!open(brackets)) return;
    bool first = true;
    for (const auto& item : array.items()) {
      if (!first && !put_if_room(", ")) break;
      first = false;
      value(item);
      if (full_) break;
    }
    close(brackets);
  }

  std::string take() { return std::move(out_); }

 private:
  void mapping(const json::Node& object) {
    constexpr Brackets braces{"{", "}"};
    if (!open(braces)) return;
    bool first = true;
    for (const auto& [key, item] : object.members()) {
      if (!first && !put_if_room(", ")) break;
      first = false;
      if (!room()) break;
      // A key is shown as a value of its own, with what is left to it.
      SafeRepr alone(static_cast<std::size_t>(left_));
      alone.value(key);
      put(alone.take());
      if (!put_if_room(": ")) break;
      value(item);
      if (full_) break;
    }
    close(braces);
  }

  bool open(Brackets brackets) {
    if (level_ >= levels_max) {
      const std::string text = std::string(brackets.open) + "..." + std::string(brackets.close);
      if (room()) put(cut(text, static_cast<std::size_t>(left_)));
      return false;
    }
    if (!put_if_room(brackets.open)) {
      out_ += brackets.close;  // so does Celery
      return false;
    }
    ++level_;
    return true;
  }

  // The bracket that meets the end is lost, as any token; those that follow are not.
  void close(Brackets brackets) {
    --level_;
    if (full_ || room()) put(brackets.close);
  }

  // False when nothing may follow; says so in the text when it is met first.
  bool room() {
    if (full_) return false;
    if (left_ > 0) return true;
    full_ = true;
    out_ += ", ...";
    return false;
  }

  bool put_if_room(std::string_view text) {
    if (!room()) return false;
    put(text);
    return true;
  }

  void put(std::string_view text) {
    out_ += text;
    left_ -= static_cast<std::ptrdiff_t>(json::count_code_points(text));
  }

  std::string out_;
  std::ptrdiff_t left_;
  int level_ = 0;
  bool full_ = false;
};

}  // namespace

std::string saferepr(const json::Node& value, Sequence outermost, std::size_t size_max) {
  SafeRepr repr(size_max);
  if (outermost == Sequence::tuple && value.is_array()) {
    repr.sequence(value, {"(", value.size() == 1 ? ",)" : ")"});
  } else {
    repr.value(value);
  }
  return repr.take();
}

std::string saferepr(std::string_view json, Sequence outermost, std::size_t size_max) {
  json::Document document;
  json::Error error;
  if (!document.parse(json, error)) throw JsonError(error.message, error.position);
  return saferepr(document.root(), outermost, size_max);
}

}  // namespace plinth::tasks
