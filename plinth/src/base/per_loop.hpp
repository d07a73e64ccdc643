// An object for each thread that asks, on its event loop: connections, mostly, which belong to one.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/loop.hpp"

namespace plinth::base {

/// From any thread. The objects end with their loop, or soon after this does, each on its own
/// thread.
template <class T>
class PerLoop {
 public:
  explicit PerLoop(std::function<std::shared_ptr<T>()> make) : shared_(std::make_shared<Shared>()) {
    shared_->make = std::move(make);
  }
  PerLoop(const PerLoop&) = delete;
  PerLoop& operator=(const PerLoop&) = delete;
  // What is posted holds the key, so that no other object can have it meanwhile.
  ~PerLoop() {
    Loop::current().forget(shared_.get());
    const std::lock_guard lock(shared_->mutex);
    for (const auto& home : shared_->homes) {
      home.loop.post([key = shared_] { Loop::current().forget(key.get()); });
    }
  }

  /// This thread's.
  T& local() {
    auto& loop = Loop::current();
    auto& local = loop.local(shared_.get());
    if (!local) {
      auto made = shared_->make();
      // Looked up anew: making it may have made others.
      loop.local(shared_.get()) = made;
      const std::lock_guard lock(shared_->mutex);
      std::erase_if(shared_->homes, [](const Home& home) { return home.object.expired(); });
      shared_->homes.push_back({loop.address(), made});
      return *made;
    }
    return *static_cast<T*>(local.get());
  }

 private:
  struct Home {
    LoopAddress loop;
    std::weak_ptr<T> object;
  };
  struct Shared {
    std::function<std::shared_ptr<T>()> make;
    std::mutex mutex;
    std::vector<Home> homes;
  };

  std::shared_ptr<Shared> shared_;
};

}  // namespace plinth::base
