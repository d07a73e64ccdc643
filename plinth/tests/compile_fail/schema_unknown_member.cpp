// expect: plinth: a schema's members are bool, numbers, std::string, Email, Url
#include "plinth/schema.hpp"

class Connection {
 public:
  explicit Connection(int handle) : handle_(handle) {}

 private:
  int handle_;
};

struct Holder {
  Connection connection;
};

const auto& type = plinth::detail::type_of<Holder>();
