#include "telemetry/registry.hpp"

#include <utility>

namespace plinth::telemetry {

void Registry::add_collector(std::shared_ptr<Collector> collector) {
  const std::lock_guard lock(mutex_);
  collectors_.push_back(std::make_shared<Registered>());
  collectors_.back()->collector = std::move(collector);
}

std::vector<std::shared_ptr<Registered>> Registry::collectors() const {
  const std::lock_guard lock(mutex_);
  return collectors_;
}

void Registry::need_token(std::string token) {
  const std::lock_guard lock(mutex_);
  token_ = std::move(token);
}

std::string Registry::bearer_token() const {
  const std::lock_guard lock(mutex_);
  return token_;
}

void Registry::show_runtime() {
  const std::lock_guard lock(mutex_);
  shows_runtime_ = true;
}

bool Registry::shows_runtime() const {
  const std::lock_guard lock(mutex_);
  return shows_runtime_;
}

}  // namespace plinth::telemetry
