// A file of five endpoints with schemas, dependencies and a router.
#include <optional>
#include <string>
#include <vector>

#include "plinth/plinth.hpp"

using namespace plinth;

struct Settings {
  std::string name;
};
struct ItemCreate {
  Str<min_length(1), max_length(100)> title;
  Int<ge(0), defaults_to(1)> count;
  std::optional<std::string> note;
};
struct ItemRead {
  std::int64_t id;
  std::string title;
  std::int64_t count;
  DateTime created_at;
};
struct Page {
  Int<ge(0), defaults_to(0)> skip;
  Int<ge(1), le(100), defaults_to(20)> limit;
};

using BearerToken = OAuth2PasswordBearer<"/login">;
struct Database {};
Yield<Database> get_database();
using DatabaseDep = Depends<get_database>;
Task<std::string> get_user(BearerToken token, DatabaseDep database, const Settings& settings);
using CurrentUser = Depends<get_user>;

Task<std::vector<ItemRead>> list_items(QueryModel<Page> page, DatabaseDep) {
  co_return std::vector<ItemRead>(static_cast<std::size_t>(*page->limit));
}
Task<ItemRead> read_item(Path<"id", std::int64_t> id, DatabaseDep) {
  co_return ItemRead{.id = *id, .title = {}, .count = 0, .created_at = {}};
}
Task<ItemRead> create_item(ItemCreate data, CurrentUser, DatabaseDep, BackgroundTasks& background) {
  background.add_task([](std::string) {}, *data.title);
  co_return ItemRead{.id = 1, .title = *data.title, .count = *data.count, .created_at = {}};
}
Task<ItemRead> replace_item(Path<"id", std::int64_t> id, ItemCreate data, CurrentUser) {
  co_return ItemRead{.id = *id, .title = *data.title, .count = *data.count, .created_at = {}};
}
void delete_item(Path<"id", std::int64_t>, CurrentUser, Response&) {}

Router router() {
  return Router({.prefix = "/items", .tags = {"items"}})
      .get<list_items>("")
      .get<read_item>("/{id}")
      .post<create_item>("", {.status = 201})
      .put<replace_item>("/{id}")
      .del<delete_item>("/{id}", {.status = 204});
}
