// expect: plinth: a handler returns its answer; Yield is for dependencies
#include "plinth/app.hpp"

plinth::Yield<int> handler();

void add(plinth::App& app) { app.get<handler>("/"); }
