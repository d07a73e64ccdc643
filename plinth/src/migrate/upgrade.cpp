#include <utility>

#include "migrate/online.hpp"

namespace plinth::migrate {

Task<void> upgrade(Engine& engine, std::span<const Revision> revisions, std::string target) {
  auto history = History(revisions);
  co_await upgrade(engine, history, std::move(target), Log(true));
}

}  // namespace plinth::migrate
