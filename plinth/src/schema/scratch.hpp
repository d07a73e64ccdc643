// A blank value of a type that is known only by its table.
#pragma once

#include <array>
#include <cstddef>
#include <new>

#include "plinth/detail/type.hpp"

namespace plinth::schema {

class Scratch {
 public:
  explicit Scratch(const detail::Type& type) : type_(type) {
    place_ = fits() ? inline_.data() : ::operator new(type.size, std::align_val_t(type.align));
    type.make_blank(place_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    type_.destroy(place_);
    if (!fits()) ::operator delete(place_, std::align_val_t(type_.align));
  }

  void* get() { return place_; }

 private:
  bool fits() const { return type_.size <= inline_.size() && type_.align <= alignof(void*); }

  const detail::Type& type_;
  alignas(void*) std::array<std::byte, 64> inline_;
  void* place_;
};

}  // namespace plinth::schema
