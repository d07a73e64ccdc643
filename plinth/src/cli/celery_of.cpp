#include "cli/celery_of.hpp"

#include <stdexcept>

namespace plinth::cli {

Celery& celery_of(App& app) {
  if (auto* celery = app.find_provided<Celery>()) return *celery;
  throw std::logic_error(
      "the application has no tasks; in create_app: app.provide(Celery(\"app\", …)); "
      "init_celery(app);");
}

}  // namespace plinth::cli
