// expect: plinth: an exception handler is Response fn(const Request&, const Error&), or returns
// Task<Response>
#include "plinth/app.hpp"

plinth::Json on_error(const plinth::HttpError& error);

void add(plinth::App& app) { app.exception_handler<on_error>(); }
