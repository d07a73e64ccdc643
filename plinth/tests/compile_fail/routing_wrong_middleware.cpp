// expect: plinth: a middleware is Task<Response> fn(Request& request, Next next)
#include "plinth/app.hpp"

plinth::Response timing(plinth::Request& request);

void add(plinth::App& app) { app.middleware<timing>(); }
