#include "app/services/users.hpp"
#include "app/api/v1/endpoints.hpp"
#include "app/core/deps.hpp"
#include "app/schemas/user.hpp"
#include "plinth/pagination.hpp"

namespace app::api::v1::users {

using Reader = Security<get_current_user, "users:read">;
using Writer = Security<get_current_user, "users:write">;
using UserId = Path<"user_id", std::int64_t>;

// Scripts of another origin see only the fields that are named here.
constexpr auto exposed_headers = "Link, X-Total-Count";
inline constexpr auto user_order = Orderable<&User::id, &User::email, &User::created_at>();

HttpError problem(UserProblem what) {
  return what == UserProblem::last_admin
             ? HttpError(409, "The last active administrator must remain")
             : HttpError(409, "Email already registered");
}

void require_admin(CurrentUser user) {
  if (*user->role != "admin") throw HttpError(403, "Not enough permissions");
}

UserRead me(CurrentUser user) { return to<UserRead>(*user); }

Task<std::vector<UserAdminRead>> list_users(
    Reader, QueryFields<PageParams> page, QueryFields<UserFilter> filter,
    Query<"email", std::optional<Str<to_lower, max_length(320)>>, description("A part of it")>
        email,
    SessionDep session, const Request& request, Response& response) {
  auto query = filter_by(select<User>(), *filter);
  if (*email) query.where(lower(col<&User::email>).contains(***email));
  auto found = co_await paginate(*session, query, user_order, *page, request, response);
  response.headers.set("access-control-expose-headers", exposed_headers);
  co_return to<std::vector<UserAdminRead>>(found);
}

Task<UserAdminRead> create_user(Writer, UserAdminCreate data, SessionDep session,
                                Response& response) {
  auto user = co_await app::create_user_as_admin(session, data);
  if (!user) throw problem(UserProblem::email_taken);
  co_await session->commit();
  response.headers.set("location", "/api/v1/users/" + std::to_string(*user->id));
  co_return to<UserAdminRead>(*user);
}

Task<UserAdminRead> read_user(Reader, UserId user_id, SessionDep session) {
  auto user = co_await session->one_or_none(select<User>().where(col<&User::id> == *user_id));
  if (!user) throw HttpError(404, "User not found");
  co_return to<UserAdminRead>(*user);
}

Task<UserAdminRead> update_user(Writer, UserId user_id, UserUpdate changes, SessionDep session) {
  auto user = co_await lock_user(session, *user_id);
  if (!user) throw HttpError(404, "User not found");
  const auto refused = co_await app::update_user(session, *user, changes);
  if (refused != UserProblem::none) throw problem(refused);
  co_await session->commit();
  co_return to<UserAdminRead>(*user);
}

Task<void> delete_user(Writer, UserId user_id, SessionDep session) {
  auto user = co_await lock_user(session, *user_id);
  if (!user) throw HttpError(404, "User not found");
  const auto refused = co_await app::delete_user(session, *user);
  if (refused != UserProblem::none) throw problem(refused);
  co_await session->commit();
}

Router router() {
  auto administration = Router({.dependencies = {depends<require_admin>}})
                            .get<list_users>("")
                            .post<create_user>("", {.status = 201})
                            .get<read_user>("/{user_id}")
                            .patch<update_user>("/{user_id}")
                            .del<delete_user>("/{user_id}", {.status = 204});
  return Router({.prefix = "/users", .tags = {"users"}}).get<me>("/me").include(administration);
}

}  // namespace app::api::v1::users
