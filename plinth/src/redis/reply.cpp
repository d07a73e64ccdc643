#include "redis/reply.hpp"

#include <hiredis/read.h>

#include <new>
#include <stdexcept>
#include <utility>

namespace plinth::redis {

// hiredis builds replies through these, which may not throw: a null ends the reading.
struct ReplyBuilder {
  static ReplyReader& reader(const redisReadTask* task) {
    return *static_cast<ReplyReader*>(task->privdata);
  }

  static Reply* place(const redisReadTask* task) noexcept {
    if (task->parent == nullptr) return reader(task).root_.get();
    auto& items = static_cast<Reply*>(task->parent->obj)->items;
    return &items[static_cast<std::size_t>(task->idx)];
  }

  static bool take(const redisReadTask* task, std::size_t bytes) noexcept {
    auto& own = reader(task);
    own.bytes_ += bytes;
    return own.bytes_ <= own.bytes_limit_;
  }

  static void* string(const redisReadTask* task, char* text, std::size_t size) noexcept {
    if (!take(task, size)) return nullptr;
    Reply* reply = place(task);
    reply->kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                  : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                     : Reply::Kind::bulk;
    try {
      reply->text.assign(text, size);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    return reply;
  }

  // hiredis 1.0 counts by size_t, 0.14 by int.
  template <class Count>
  static void* array(const redisReadTask* task, Count count) noexcept {
    const auto items = static_cast<std::size_t>(count);
    auto& own = reader(task);
    if (items > own.bytes_limit_ / sizeof(Reply) || !take(task, items * sizeof(Reply))) {
      return nullptr;
    }
    Reply* reply = place(task);
    reply->kind = Reply::Kind::array;
    try {
      reply->items.resize(items);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    return reply;
  }

  static void* integer(const redisReadTask* task, long long value) noexcept {
    Reply* reply = place(task);
    reply->kind = Reply::Kind::integer;
    reply->integer = value;
    return reply;
  }

  static void* nil(const redisReadTask* task) noexcept {
    Reply* reply = place(task);
    reply->kind = Reply::Kind::nil;
    return reply;
  }

  static void free_nothing(void*) noexcept {}
};

namespace {

template <class Count>
void* make_array(const redisReadTask* task, Count count) {
  return ReplyBuilder::array(task, count);
}

}  // namespace

std::string_view error_prefix(std::string_view text) { return text.substr(0, text.find(' ')); }

ReplyReader::ReplyReader(std::size_t bytes_limit)
    : bytes_limit_(bytes_limit), root_(std::make_unique<Reply>()) {
  static redisReplyObjectFunctions functions = [] {
    redisReplyObjectFunctions made{};
    made.createString = ReplyBuilder::string;
    made.createArray = make_array;
    made.createInteger = ReplyBuilder::integer;
    made.createNil = ReplyBuilder::nil;
    made.freeObject = ReplyBuilder::free_nothing;
    return made;
  }();
  reader_ = redisReaderCreateWithFunctions(&functions);
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = this;
}

ReplyReader::~ReplyReader() { redisReaderFree(reader_); }

void ReplyReader::feed(std::string_view bytes) {
  redisReaderFeed(reader_, bytes.data(), bytes.size());
}

std::optional<Reply> ReplyReader::next() {
  void* built = nullptr;
  if (redisReaderGetReply(reader_, &built) != REDIS_OK) {
    if (bytes_ > bytes_limit_ || reader_->err == REDIS_ERR_OOM) {
      throw std::runtime_error("a reply of Redis has more than " + std::to_string(bytes_limit_) +
                               " bytes");
    }
    throw std::runtime_error(std::string("what answers does not speak Redis's protocol: ") +
                             reader_->errstr);
  }
  if (!built) {
    // What hiredis holds is a bulk in the making.
    if (reader_->len - reader_->pos > bytes_limit_) {
      throw std::runtime_error("a reply of Redis has more than " + std::to_string(bytes_limit_) +
                               " bytes");
    }
    return std::nullopt;
  }
  bytes_ = 0;
  std::optional<Reply> reply(std::move(*root_));
  *root_ = Reply{};
  return reply;
}

}  // namespace plinth::redis
