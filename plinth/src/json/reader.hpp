// Reads JSON text into a Document, with CPython's errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "json/node.hpp"

namespace plinth::json {

/// One pass over UTF-8 text. Source: CPython 3.14, Modules/_json.c; the same checks in the same
/// order.
class Reader {
 public:
  /// text        valid UTF-8 but for encoded surrogates, without byte order mark; borrowed by the
  /// nodes surrogates  whether it holds encoded surrogates
  Reader(Document& document, std::string_view text, bool surrogates)
      : document_(document),
        begin_(text.data()),
        next_(text.data()),
        end_(text.data() + text.size()),
        surrogates_(surrogates) {}

  bool read(Node& root);
  const Error& error() const { return error_; }

 private:
  bool value(Node& out, int depth);
  bool array(Node& out, int depth);
  bool object(Node& out, int depth);
  bool key(Node& out);
  bool string(Node& out);
  bool escaped_string(Node& out, const char* start);
  bool escape(char*& out, bool& surrogate);
  bool unicode_escape(char*& out, bool& surrogate);
  bool hex4(const char* digits, std::uint32_t& out) const;
  bool number(Node& out);
  bool word(std::string_view text, Node node, Node& out);

  void skip_space() {
    while (next_ < end_ && (*next_ == ' ' || *next_ == '\n' || *next_ == '\r' || *next_ == '\t')) {
      ++next_;
    }
  }
  bool at(char c) const { return next_ < end_ && *next_ == c; }
  bool fail(std::string_view message, const char* at, Error::Kind kind = Error::Kind::syntax);

  Document& document_;
  const char* begin_;
  const char* next_;
  const char* end_;
  bool surrogates_;
  Error error_;
};

}  // namespace plinth::json
