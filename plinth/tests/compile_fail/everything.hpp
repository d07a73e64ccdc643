// What the cases include, for their precompiled header.
#pragma once

#include <string>
#include <vector>

#include "plinth/app.hpp"
#include "plinth/model.hpp"
#include "plinth/pagination.hpp"
#include "plinth/query.hpp"
#include "plinth/relationship.hpp"
#include "plinth/schema.hpp"
#include "plinth/session.hpp"
