// Memory that is taken in small pieces and given back all at once.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace plinth::json {

/// Pieces live until clear() or the destructor, and never move. Holds only trivially destructible
/// things.
class Arena {
 public:
  /// Room for `count` objects of T, uninitialised.
  template <class T>
  T* make(std::size_t count) {
    static_assert(alignof(T) <= alignment);
    return static_cast<T*>(take(count * sizeof(T)));
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    auto* place = make<char>(text.size());
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }

  /// Forgets all pieces; keeps the largest block for the next use.
  void clear();

 private:
  static constexpr std::size_t alignment = 8;
  static constexpr std::size_t block_bytes_min = 1024;

  void* take(std::size_t bytes) {
    bytes = (bytes + alignment - 1) & ~(alignment - 1);
    if (bytes > left_ || next_ == nullptr) grow(bytes);  // also a piece of 0 bytes is somewhere
    void* piece = next_;
    next_ += bytes;
    left_ -= bytes;
    return piece;
  }
  void grow(std::size_t bytes);

  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };
  std::vector<Block> blocks_;  // each larger than the one before
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace plinth::json
