// Writes JSON text. Commas come by themselves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/node.hpp"
#include "plinth/json.hpp"

namespace plinth::json {

/// How floats are spelled; all else is one way.
enum class Floats : std::uint8_t {
  python,    // repr: 1e-07, 1e+22, 1e-05; what json.dumps writes, so errors and responses without a
             // model
  pydantic,  // pydantic-core's dump_json: 1e-7, 1e+22, 0.00001; responses with a model
};

/// What becomes of NaN and the infinities.
enum class NonFinite : std::uint8_t {
  null,
  text,  // NaN, Infinity, -Infinity: no JSON, but json.dumps writes it
};

/// Appends one value, compact, to a text. Objects: key() before each value. Not checked: that calls
/// are balanced.
class Writer {
 public:
  explicit Writer(std::string& out, Floats floats = Floats::python,
                  NonFinite non_finite = NonFinite::null)
      : out_(out), floats_(floats), non_finite_(non_finite) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  void key(std::string_view name) {
    string(name);
    out_.push_back(':');
    comma_ = false;
  }
  /// A key that is known to need no escapes; `quoted` is the text between and with its quotes and
  /// the colon: "id":
  void quoted_key(std::string_view quoted) {
    raw(quoted);
    comma_ = false;
  }

  void null() { raw("null"); }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value);
  void number(double value);
  /// UTF-8; bytes that are none come out as U+FFFD.
  void string(std::string_view text);
  /// A value that is JSON already.
  void raw(std::string_view json) {
    separate();
    out_.append(json);
    comma_ = true;
  }

  void value(const Node& node);
  void value(const Json& json);

  std::string& out() { return out_; }

 private:
  void separate() {
    if (comma_) out_.push_back(',');
  }
  void open(char bracket) {
    separate();
    out_.push_back(bracket);
    comma_ = false;
  }
  void close(char bracket) {
    out_.push_back(bracket);
    comma_ = true;
  }

  std::string& out_;
  Floats floats_;
  NonFinite non_finite_;
  bool comma_ = false;  // a value stands before the place where the next one goes
};

/// Appends `text` with its quotes and escapes, as json.dumps(ensure_ascii=False).
void append_quoted(std::string& out, std::string_view text);
/// Appends a finite float.
void append_float(std::string& out, double value, Floats floats);

}  // namespace plinth::json
