#include "app/schemas/auth.hpp"
#include "app/api/v1/endpoints.hpp"
#include "app/core/deps.hpp"
#include "app/core/security.hpp"
#include "app/services/users.hpp"
#include "app/tasks/jobs.hpp"

namespace app::api::v1::auth {

Task<Token> login(BodyOrForm<Login> data, SessionDep session, const Settings& settings,
                  const KeyRing& keys) {
  auto user = co_await authenticate(session, *data->email, data->password);
  if (!user) throw HttpError(401, "Invalid credentials");
  co_return Token{.access_token = create_access_token(settings, keys, *user->email)};
}

Task<Json> register_user(UserCreate data, SessionDep session) {
  auto user = co_await create_user(session, data);
  if (!user) throw HttpError(400, "Email already registered");

  session->enqueue(tasks::send_welcome_email, *user->email);
  co_await session->commit();
  co_return Json::object({{"id", *user->id}, {"email", *user->email}});
}

Router router() {
  return Router({.tags = {"auth"}})
      .post<login>("/login")
      .post<register_user>("/register", {.status = 201, .name = "register"});
}

}  // namespace app::api::v1::auth
