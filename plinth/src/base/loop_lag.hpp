// How late an event loop is: what a blocking call, or too much to do, shows as.
#pragma once

#include <memory>
#include <string_view>

namespace plinth::base {

/// Observes it for the loop of this thread while it lives, four times a second. Nothing is shared
/// with other loops.
class LoopLag {
 public:
  /// loop  what the loop is for, as the metric's label
  explicit LoopLag(std::string_view loop);
  LoopLag(const LoopLag&) = delete;
  LoopLag& operator=(const LoopLag&) = delete;
  ~LoopLag();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace plinth::base
