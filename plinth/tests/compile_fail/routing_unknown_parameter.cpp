// expect: plinth: this parameter has no known source; write an aggregate by value (the JSON body)
#include "plinth/app.hpp"

plinth::Json handler(std::string name);

void add(plinth::App& app) { app.get<handler>("/"); }
