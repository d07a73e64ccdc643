#include "cli/celery_of.hpp"

#include <cstdlib>
#include <stdexcept>

#include "tasks/celery.hpp"

namespace plinth::cli {

Celery& celery_of(App& app) {
  if (auto* celery = app.find_provided<Celery>()) return *celery;
  throw std::logic_error(
      "the application has no tasks; in create_app: app.provide(Celery(\"app\", …)); "
      "init_celery(app);");
}

void end_if_leaked(const Celery::Impl& celery, int code) {
  if (celery.leaked) std::_Exit(code);
}

}  // namespace plinth::cli
