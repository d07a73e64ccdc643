// What stands around the routes: Cors, Gzip, request ids, metrics. An option struct becomes one by
// `std::unique_ptr<detail::Middleware> make_middleware(Cors options)`, found beside the struct.
#pragma once

#include <cstdint>
#include <memory>

#include "plinth/http.hpp"
#include "plinth/task.hpp"

namespace plinth::detail {

/// Thread safety: one object serves every thread.
struct Middleware {
  virtual ~Middleware() = default;

  /// On the way in. False ends the request with `answer`; after() is called all the same.
  ///
  /// kept  a word of this middleware's own for this request, 0 at first
  virtual bool before(Request& /*request*/, Response& /*answer*/, std::uint64_t& /*kept*/) {
    return true;
  }
  /// On the way out, also of errors; `request.route` tells which route answered.
  ///
  /// returns  an empty Task, at no cost, when all is done; else what remains, to be awaited: work
  ///          that is too long for the loop, such as compressing a large body
  virtual Task<void> after(const Request& /*request*/, Response& /*response*/,
                           std::uint64_t /*kept*/) {
    return {};
  }
};

}  // namespace plinth::detail
