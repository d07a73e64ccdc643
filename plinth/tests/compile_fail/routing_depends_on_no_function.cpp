// expect: plinth: in the angle brackets goes the name of a function: app.get<health>(…),
// Depends<get_session>
#include "plinth/app.hpp"

plinth::Json handler(plinth::Depends<5> five);

void add(plinth::App& app) { app.get<handler>("/"); }
