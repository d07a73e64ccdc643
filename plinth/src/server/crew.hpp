// The workers of a server, as other threads reach them: each on its own loop.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/loop.hpp"
#include "server/worker.hpp"

namespace plinth::server {

/// Each stage follows the one before it, by itself or when it is asked for.
enum class Stage : std::uint8_t {
  serving,
  leaving,   // serves, and tells its clients to go
  stopping,  // takes no new connection, ends those it has
  ended,     // at once
};

/// Thread safety: all of it.
class Crew {
 public:
  /// Every worker, present or to come, goes to that stage. Never back.
  void advance(Stage stage);
  Stage stage() const;
  void use_tls(std::shared_ptr<SSL_CTX> tls);

  /// Asks all loops for a sign of life; true when all have given the last one.
  bool roll_call();

  /// While it lives the worker of this thread belongs to the crew.
  class Membership {
   public:
    Membership(Crew& crew, Worker& worker);
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;
    ~Membership();

   private:
    Crew& crew_;
    Worker& worker_;
  };

 private:
  // A worker may be reached through its loop's address while it is in the list.
  struct Member {
    Worker* worker;
    base::Loop* loop;
    base::LoopAddress address;
  };
  static void tell(const Member& member, Stage stage);

  mutable std::mutex mutex_;
  std::vector<Member> members_;
  Stage stage_ = Stage::serving;
  std::shared_ptr<SSL_CTX> tls_;
  std::shared_ptr<std::atomic<std::size_t>> answers_;  // to the last roll call
  std::size_t asked_ = 0;
};

}  // namespace plinth::server
