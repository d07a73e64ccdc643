#include "server/address_counts.hpp"

#include <algorithm>

namespace plinth::server {
namespace {

AddressCounts::Key key_of(const boost::asio::ip::address& address) {
  AddressCounts::Key key{};
  if (address.is_v4()) {
    std::ranges::copy(address.to_v4().to_bytes(), key.begin() + 4);
  } else if (address.to_v6().is_v4_mapped()) {
    const auto bytes = address.to_v6().to_bytes();
    std::copy(bytes.begin() + 12, bytes.end(), key.begin() + 4);
  } else {
    const auto bytes = address.to_v6().to_bytes();
    std::copy_n(bytes.begin(), key.size(), key.begin());
  }
  return key;
}

}  // namespace

std::pair<bool, AddressCounts::Place> AddressCounts::enter(const boost::asio::ip::address& address,
                                                           std::size_t max) {
  if (max == 0) return {true, Place()};
  const auto key = key_of(address);
  const std::lock_guard lock(mutex_);
  auto& count = counts_[key];
  if (count >= max) return {false, Place()};
  ++count;
  return {true, Place(*this, key)};
}

void AddressCounts::leave(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(key);
  if (--found->second == 0) counts_.erase(found);
}

}  // namespace plinth::server
