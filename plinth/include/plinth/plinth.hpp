// Everything an application file usually needs. testing.hpp is apart.
#pragma once

#include "plinth/app.hpp"
#include "plinth/datetime.hpp"
#include "plinth/error.hpp"
#include "plinth/http.hpp"
#include "plinth/json.hpp"
#include "plinth/middleware.hpp"
#include "plinth/model.hpp"
#include "plinth/params.hpp"
#include "plinth/router.hpp"
#include "plinth/schema.hpp"
#include "plinth/security.hpp"
#include "plinth/settings.hpp"
#include "plinth/task.hpp"
#include "plinth/values.hpp"
