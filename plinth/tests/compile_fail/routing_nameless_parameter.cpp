// expect: plinth: a parameter without a name is a struct whose members are the names:
// QueryModel<Page>
#include "plinth/app.hpp"

plinth::Json handler(plinth::Query<"", int> q);

void add(plinth::App& app) { app.get<handler>("/"); }
