// Every file of the application speaks plinth's words unqualified; only this line says so.
#pragma once

#include "plinth/plinth.hpp"

namespace app {
using namespace plinth;  // NOLINT(google-build-using-namespace)
}
