// expect: plinth: take them by reference: const Request&, Response&, BackgroundTasks&
#include "plinth/app.hpp"

plinth::Json handler(plinth::BackgroundTasks background);

void add(plinth::App& app) { app.post<handler>("/"); }
