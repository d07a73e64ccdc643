#include "json/arena.hpp"

#include <algorithm>

namespace plinth::json {

void Arena::grow(std::size_t bytes) {
  std::size_t size = blocks_.empty() ? block_bytes_min : blocks_.back().size * 2;
  size = std::max(size, bytes);
  blocks_.push_back({std::unique_ptr<std::byte[]>(new std::byte[size]), size});
  next_ = blocks_.back().bytes.get();
  left_ = size;
}

void Arena::clear() {
  if (blocks_.empty()) return;
  blocks_.erase(blocks_.begin(), blocks_.end() - 1);
  next_ = blocks_.back().bytes.get();
  left_ = blocks_.back().size;
}

}  // namespace plinth::json
