// How many connections each client address has.
#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace plinth::server {

/// Thread safety: all of it. Must outlive its places.
class AddressCounts {
 public:
  // An IPv6 client has at least a /64 to itself, so that is its address here.
  using Key = std::array<unsigned char, 8>;

  /// Counts one connection while it lives.
  class Place {
   public:
    Place() = default;  // counts nothing
    Place(Place&& other) noexcept
        : counts_(std::exchange(other.counts_, nullptr)), key_(other.key_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (counts_) counts_->leave(key_);
    }

   private:
    friend class AddressCounts;
    Place(AddressCounts& counts, const Key& key) : counts_(&counts), key_(key) {}
    AddressCounts* counts_ = nullptr;
    Key key_ = {};
  };

  /// False, and the place counts nothing, when the address has `max` connections already; with 0
  /// nobody is counted.
  std::pair<bool, Place> enter(const boost::asio::ip::address& address, std::size_t max);

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>{}({reinterpret_cast<const char*>(key.data()), key.size()});
    }
  };
  void leave(const Key& key);

  std::mutex mutex_;
  std::unordered_map<Key, std::size_t, Hash> counts_;
};

}  // namespace plinth::server
