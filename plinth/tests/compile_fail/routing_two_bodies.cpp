// expect: plinth: two JSON bodies need names; write Body<"user", User>, Body<"item", Item>
#include "plinth/app.hpp"

struct User {
  std::string name;
};
struct Item {
  std::string title;
};
plinth::Json handler(User user, Item item);

void add(plinth::App& app) { app.post<handler>("/"); }
