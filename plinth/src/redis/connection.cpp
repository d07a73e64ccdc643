#include "redis/connection.hpp"

#include <stdexcept>
#include <utility>

#include "base/clock.hpp"

namespace plinth::redis {

namespace {

constexpr int reads_in_a_row = 16;                 // then others on the loop have their turn
constexpr std::size_t keep_capacity = 256 * 1024;  // of a buffer that was large once

}  // namespace

Connection::Connection(std::unique_ptr<Stream> stream, std::size_t reply_bytes_limit)
    : stream_(std::move(stream)), reader_(reply_bytes_limit), heard_ms_(base::monotonic_ms()) {}

void Connection::set_owner(Owner* owner) {
  owner_ = owner;
  if (owner_ && alive_ && !reading_) wait(Stream::Want::read, &Connection::receive);
}

void Connection::wait(Stream::Want want, void (Connection::*then)()) {
  auto& busy = then == &Connection::receive ? reading_ : writing_;
  if (std::exchange(busy, true)) return;
  stream_->socket().async_wait(
      want == Stream::Want::read ? Stream::Socket::wait_read : Stream::Socket::wait_write,
      [self = shared_from_this(), then](const boost::system::error_code&) {
        (then == &Connection::receive ? self->reading_ : self->writing_) = false;
        if (self->alive_) (self.get()->*then)();
      });
}

void Connection::flush() {
  if (!alive_ || writing_) return;
  const auto self = shared_from_this();
  try {
    while (unsent() > 0) {
      const auto moved = stream_->write(std::string_view(out_).substr(written_));
      written_ += moved.bytes;
      if (moved.want != Stream::Want::nothing) return wait(moved.want, &Connection::flush);
      if (moved.bytes == 0) return fail("the other side has closed it");
    }
  } catch (const std::runtime_error& failure) {
    return fail(failure.what());
  }
  written_ = 0;
  out_.clear();
  if (out_.capacity() > keep_capacity) std::string().swap(out_);
  if (owner_) owner_->drained();
}

void Connection::receive() {
  const auto self = shared_from_this();
  try {
    for (int i = 0; i < reads_in_a_row && owner_; ++i) {
      if (!read_some()) return;
    }
  } catch (const std::runtime_error& failure) {
    return fail(failure.what());
  }
  if (alive_ && owner_) wait(Stream::Want::read, &Connection::receive);
}

// False when this round is over.
bool Connection::read_some() {
  const auto moved = stream_->read(space_);
  if (moved.want != Stream::Want::nothing) {
    wait(moved.want, &Connection::receive);
    return false;
  }
  if (moved.bytes == 0) {
    fail("the other side has closed it");
    return false;
  }
  heard_ms_ = base::monotonic_ms();
  reader_.feed({space_.data(), moved.bytes});
  deliver();
  if (!alive_ || !owner_) return false;
  if (moved.bytes == space_.size() || stream_->keeps_bytes()) return true;
  wait(Stream::Want::read, &Connection::receive);
  return false;
}

void Connection::deliver() {
  while (owner_) {
    auto reply = reader_.next();
    if (!reply) return;
    owner_->received(std::move(*reply));
  }
}

void Connection::close() {
  owner_ = nullptr;
  if (!std::exchange(alive_, false)) return;
  boost::system::error_code ignored;
  stream_->socket().close(ignored);
}

void Connection::fail(const std::string& why) {
  auto* owner = std::exchange(owner_, nullptr);
  close();
  if (owner) owner->lost(why);
}

}  // namespace plinth::redis
