// The buffer, the order of the steps, and the Request that comes out. The steps are in
// parser_head.cpp and parser_body.cpp.
#include "http/parser.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "http/characters.hpp"
#include "http/query.hpp"

namespace plinth::http {
namespace {

constexpr std::size_t first_capacity = 4 * 1024;
constexpr std::size_t kept_capacity = 64 * 1024;  // a larger buffer is given back after its message
constexpr std::size_t body_limit_max = 1U << 31;  // positions have 32 bits
constexpr std::size_t space_min = 1024;           // below this a read is not worth its call

}  // namespace

RequestParser::RequestParser(const ParserLimits& limits) : limits_(limits) {
  body_.limit = std::min(limits.body_bytes, body_limit_max);
}

std::span<char> RequestParser::space() {
  if (capacity_ - end_ < space_min) {
    close_gap();
    if (begin_ > 0) {
      std::memmove(buffer_.get(), base(), end_ - begin_);
      end_ -= std::exchange(begin_, 0);
    }
    if (capacity_ - end_ < space_min) grow();
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

void RequestParser::grow() {
  const auto capacity = std::max(first_capacity, capacity_ * 2);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > 0) std::memcpy(larger.get(), buffer_.get(), end_);
  buffer_ = std::move(larger);
  capacity_ = capacity;
}

// Between the joined chunks and what was not parsed yet lie the chunk lines that were.
void RequestParser::close_gap() {
  if (head_.coding != Coding::chunked || !in_body()) return;
  const auto joined_end = body_.start + body_.size;
  const auto gap = read_ - joined_end;
  if (gap == 0 || state_ == State::trailer) return;
  std::memmove(base() + joined_end, base() + read_, received_end() - read_);
  read_ -= gap;
  scanned_ -= gap;
  end_ -= gap;
}

void RequestParser::limit_body(std::size_t bytes) { body_.limit = std::min(bytes, body_limit_max); }

bool RequestParser::fail(int status) {
  error_ = status;
  state_ = State::failed;
  return false;
}

RequestParser::Status RequestParser::parse() {
  for (bool more = true; more;) {
    switch (state_) {
      case State::request_line:
        more = parse_request_line();
        break;
      case State::field:
        more = parse_field_line();
        if (in_body() && !std::exchange(head_given_, true)) return Status::head;
        break;
      case State::content:
        more = parse_content();
        break;
      case State::chunk_size:
        more = parse_chunk_size();
        break;
      case State::chunk_data:
        more = parse_chunk_data();
        break;
      case State::chunk_end:
        more = parse_chunk_end();
        break;
      case State::trailer:
        more = parse_trailer();
        break;
      case State::complete:
        return Status::complete;
      case State::failed:
        return Status::failed;
    }
  }
  return state_ == State::failed ? Status::failed : Status::incomplete;
}

void RequestParser::fill(Request& request) const {
  request.method = text(head_.method);
  request.target = text(head_.target);
  request.query_string = text(head_.query);
  const auto path = text(head_.path);
  if (path.find('%') == path.npos) {
    request.path.assign(path);
  } else {
    percent_decode_into(request.path, path);
  }
  request.headers.clear();
  for (const auto& field : fields_) {
    request.headers.push_back({text(field.name), text(field.value)});
  }
  request.host.assign(text(head_.authority));
  if (head_.absolute && head_.has_host)
    request.headers[head_.host_field].value = text(head_.authority);
  request.body = state_ == State::complete ? text({body_.start, body_.size}) : std::string_view();
  request.minor_version = head_.minor_version;
}

void RequestParser::next() {
  begin_ += read_;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (capacity_ > kept_capacity) {
      buffer_.reset();
      capacity_ = 0;
    }
  }
  state_ = State::request_line;
  head_given_ = false;
  read_ = scanned_ = 0;
  empty_lines_ = 0;
  head_ = {};
  body_ = {.limit = std::min(limits_.body_bytes, body_limit_max)};
  fields_.clear();
}

void RequestParser::discard() {
  next();
  begin_ = end_ = 0;
}

bool RequestParser::take_line(Slice& line, std::size_t bytes_max, int too_long) {
  if (scanned_ == received_end()) return false;
  const auto* from = base() + scanned_;
  const auto* end = static_cast<const char*>(std::memchr(from, '\n', received_end() - scanned_));
  if (!end) {
    scanned_ = received_end();
    return scanned_ - read_ > bytes_max + 1 ? fail(too_long) : false;
  }
  const auto line_end = static_cast<Position>(end - base());
  // First the length, which was looked at first if the line came in pieces.
  if (line_end - read_ > bytes_max + 1) return fail(too_long);
  if (line_end == read_ || end[-1] != '\r') return fail(400);
  line = {read_, line_end - 1 - read_};
  read_ = scanned_ = line_end + 1;
  return true;
}

}  // namespace plinth::http
