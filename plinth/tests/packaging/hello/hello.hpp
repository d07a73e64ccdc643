#pragma once

#include "plinth/app.hpp"

plinth::App create_app();
