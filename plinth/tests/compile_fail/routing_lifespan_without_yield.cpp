// expect: plinth: a lifespan is a function that returns Yield<T>
#include "plinth/app.hpp"

void lifespan();

void add(plinth::App& app) { app.lifespan<lifespan>(); }
