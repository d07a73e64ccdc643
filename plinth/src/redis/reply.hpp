// What Redis answers, and how bytes become it (RESP2, by hiredis's reader).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace plinth::redis {

struct Reply {
  enum class Kind : std::uint8_t { nil, status, integer, bulk, array, error };

  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text = {};  // of a status, a bulk (any bytes) or an error
  std::vector<Reply> items = {};

  bool is_nil() const { return kind == Kind::nil; }
  bool is_error() const { return kind == Kind::error; }
};

/// The first word of an error: "NOSCRIPT", "WRONGTYPE", "ERR".
std::string_view error_prefix(std::string_view text);

/// Replies out of bytes that come in pieces.
class ReplyReader {
 public:
  /// bytes_limit  of one reply, whole or in pieces
  explicit ReplyReader(std::size_t bytes_limit);
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;
  ~ReplyReader();

  void feed(std::string_view bytes);
  /// Empty when the next reply is not whole yet. Throws std::runtime_error when what came is no
  /// RESP2 or too large: the connection is of no use any more.
  std::optional<Reply> next();

 private:
  friend struct ReplyBuilder;

  redisReader* reader_;
  std::size_t bytes_limit_;
  std::size_t bytes_ = 0;  // of the reply that is being built
  std::unique_ptr<Reply> root_;
};

}  // namespace plinth::redis
