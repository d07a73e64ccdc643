// Whether the server of this thread's loop is about to stop, for those who answer balancers.
#pragma once

#include <memory>

#include "base/loop.hpp"

namespace plinth::base {

namespace detail {
inline constexpr char leaving_key = 0;
}

inline void set_leaving() {
  Loop::current().local(&detail::leaving_key) = std::make_shared<bool>(true);
}
inline void forget_leaving() { Loop::current().forget(&detail::leaving_key); }
inline bool is_leaving() { return Loop::current().local(&detail::leaving_key) != nullptr; }

}  // namespace plinth::base
