#include "plinth/app.hpp"

#include "openapi/openapi.hpp"

namespace plinth {

std::string App::openapi() const { return openapi::document(options(), routes()).dump(); }

}  // namespace plinth
