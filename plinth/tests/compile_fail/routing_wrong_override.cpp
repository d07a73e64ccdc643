// expect: plinth: an override gives the type that the dependency gives
#include "plinth/app.hpp"

std::string get_name();

void replace(plinth::App& app) {
  app.override<get_name>([] { return 5; });
}
