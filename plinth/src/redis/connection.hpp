// One connection: the bytes of commands go out, replies come in; no policy.
//
// Invariants
// - Used by the thread of its loop alone. Events of its socket keep it alive while they are
//   handled; its owner may close it from any of its calls.
// - lost() is the last that its owner hears, once, unless the owner closed it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "redis/reply.hpp"
#include "redis/stream.hpp"

namespace plinth::redis {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void received(Reply reply) = 0;
    /// All that was sent has left.
    virtual void drained() {}
    virtual void lost(const std::string& why) = 0;
  };

  Connection(std::unique_ptr<Stream> stream, std::size_t reply_bytes_limit);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  /// Who hears of it from now on; null: nobody, and nothing is read for the time being.
  void set_owner(Owner* owner);

  void send(std::string_view bytes) { out_.append(bytes); }
  /// Writes what was sent; to be called once after the last send() of a turn.
  void flush();
  std::size_t unsent() const { return out_.size() - written_; }
  /// When bytes came last, by base::monotonic_ms().
  std::int64_t heard_ms() const { return heard_ms_; }
  /// The owner hears no more.
  void close();
  /// As if the other side had ended it.
  void fail(const std::string& why);

 private:
  void wait(Stream::Want want, void (Connection::*then)());
  void receive();
  bool read_some();
  void deliver();

  std::unique_ptr<Stream> stream_;
  ReplyReader reader_;
  Owner* owner_ = nullptr;
  std::string out_;
  std::size_t written_ = 0;
  std::int64_t heard_ms_;
  bool alive_ = true;
  bool reading_ = false;
  bool writing_ = false;
  std::array<char, 16 * 1024> space_;
};

}  // namespace plinth::redis
