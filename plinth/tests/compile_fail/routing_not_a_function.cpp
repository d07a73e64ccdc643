// expect: plinth: in the angle brackets goes the name of a function: app.get<health>(…),
// Depends<get_session>
#include "plinth/app.hpp"

void add(plinth::App& app) { app.get<42>("/"); }
