// A connection that is ready for commands: opened, authenticated, in its database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plinth/task.hpp"
#include "redis/command.hpp"
#include "redis/connection.hpp"
#include "redis/url.hpp"

namespace plinth::redis {

struct HandshakeOptions {
  std::int64_t limit_ms = 1000;  // for all of it
  unsigned turn = 0;             // which address of a name comes first
  std::string name = "plinth";   // seen in CLIENT LIST
  std::size_t reply_bytes_limit = 0;
  std::vector<Words> greeting = {};  // commands of one's own, before any other
};

struct Ready {
  std::shared_ptr<Connection> connection;  // without an owner
  std::vector<Reply> greeted;              // the replies to the greeting, errors among them
};

/// Throws Unavailable when Redis is out of reach, still loading, or refuses the password.
Task<Ready> open_connection(Url url, HandshakeOptions options);

}  // namespace plinth::redis
