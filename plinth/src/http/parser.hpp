// A strict HTTP/1.1 request parser without I/O (RFC 9112): bytes in, one Request after another out.
//
// It owns one buffer. A message is parsed where it was received: names are lower-cased and chunks
// are joined in place, so a Request's views point into the buffer. Every byte is looked at once,
// however the bytes are cut into pieces, and what may be read in two ways is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "plinth/http.hpp"

namespace plinth::http {

struct ParserLimits {
  std::size_t request_line_bytes = 8 * 1024;
  std::size_t header_bytes = 32 * 1024;
  std::size_t header_fields = 128;
  std::size_t body_bytes = 1024 * 1024;
  std::size_t chunk_extension_bytes = 16 * 1024;
  std::size_t trailer_bytes = 16 * 1024;
};

class RequestParser {
 public:
  enum class Status : std::uint8_t {
    incomplete,  // more bytes are needed
    head,        // given once, when a body follows: the head can be looked at, the body limited
    complete,    // fill() gives the request; next() goes on behind it
    failed,      // error() says why; nothing more can be read from this peer
  };

  explicit RequestParser(const ParserLimits& limits);

  /// Where the next bytes are to be put, at least one. Invalidates a filled Request.
  std::span<char> space();
  void received(std::size_t bytes) { end_ += bytes; }
  /// What is left of the buffer, perhaps nothing; unlike space() it leaves a filled Request valid.
  std::span<char> spare() { return {buffer_.get() + end_, capacity_ - end_}; }

  Status parse();

  /// Points the request at the message; what does not come from the message is left alone. At
  /// `head` it has no body.
  void fill(Request& request) const;
  /// From `head` on: at most this many bytes of body.
  void limit_body(std::size_t bytes);
  bool body_is_allowed() const { return head_.content_length <= body_.limit; }
  /// Forgets the complete message.
  void next();
  /// Forgets all that was received.
  void discard();

  /// The status code that answers what failed.
  int error() const { return error_; }
  /// Something of the present message has arrived, empty lines aside.
  bool started() const { return state_ != State::request_line || received_end() > read_; }
  bool in_body() const { return state_ >= State::content && state_ <= State::trailer; }
  std::size_t body_bytes() const { return body_.size; }
  /// Of the buffer.
  std::size_t memory() const { return capacity_; }
  bool keep_alive() const { return head_.keep_alive; }
  int minor_version() const { return head_.minor_version; }
  /// The client waits for "100 Continue" and has sent nothing of its body.
  bool expects_continue() const { return head_.expects_continue && received_end() == body_.start; }

 private:
  enum class State : std::uint8_t {
    request_line,
    field,
    content,
    chunk_size,
    chunk_data,
    chunk_end,
    trailer,
    complete,
    failed,
  };

  // Positions count from the start of the message, so that the buffer may move.
  using Position = std::uint32_t;
  struct Slice {
    Position start = 0;
    Position size = 0;
  };
  struct Field {
    Slice name;
    Slice value;
  };
  enum class Coding : std::uint8_t { none, chunked, not_implemented, malformed };
  struct Head {
    Slice method;
    Slice target;
    Slice path;
    Slice query;
    Slice authority;  // of an absolute target, else Host's value
    Position fields_start = 0;
    Position host_field = 0;
    std::uint64_t content_length = 0;
    int minor_version = 1;
    Coding coding = Coding::none;
    bool absolute = false;
    bool has_host = false;
    bool has_content_length = false;
    bool close = false;
    bool asks_keep_alive = false;
    bool keep_alive = false;
    bool expects_continue = false;
    bool expects_other = false;
  };
  struct Body {
    Position start = 0;
    Position size = 0;  // decoded so far
    std::size_t limit = 0;
    std::uint64_t chunk_left = 0;
    std::size_t extension_bytes = 0;
    Position trailer_start = 0;
  };

  char* base() const { return buffer_.get() + begin_; }
  Position received_end() const { return static_cast<Position>(end_ - begin_); }
  std::string_view text(Slice slice) const { return {base() + slice.start, slice.size}; }
  bool fail(int status);
  void close_gap();
  void grow();

  // Takes the next line, without its CRLF. False when it is not there yet, or fails: with
  // `too_long` when it has more than `bytes_max` bytes, with 400 when it ends in a bare LF.
  bool take_line(Slice& line, std::size_t bytes_max, int too_long);
  // One step each. False when more bytes are needed or the message has failed.
  bool parse_request_line();
  bool parse_field_line();
  bool parse_content();
  bool parse_chunk_size();
  bool parse_chunk_data();
  bool parse_chunk_end();
  bool parse_trailer();

  bool parse_target(Slice target);
  bool parse_absolute_target(Slice target);
  void set_origin_target(Slice target);
  bool parse_field(Slice line, Field& field);
  bool note_field(const Field& field);
  bool note_content_length(std::string_view value);
  void note_transfer_encoding(std::string_view value);
  void note_connection(std::string_view values);
  bool finish_head();

  const ParserLimits limits_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // of the present message
  std::size_t end_ = 0;    // of what was received

  State state_ = State::request_line;
  bool head_given_ = false;
  int error_ = 0;
  Position read_ = 0;     // parsed up to here
  Position scanned_ = 0;  // there is no line end from read_ to here
  unsigned empty_lines_ = 0;
  Head head_;
  Body body_;
  std::vector<Field> fields_;
};

}  // namespace plinth::http
