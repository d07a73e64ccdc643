// expect: plinth: a schema's members are
#include "plinth/app.hpp"

class Connection {
 public:
  explicit Connection(int file);
  int file() const;

 private:
  int file_;
};
Connection handler();

void add(plinth::App& app) { app.get<handler>("/"); }
