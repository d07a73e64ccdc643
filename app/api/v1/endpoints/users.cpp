// Users, for administrators. A change may name the state that it is about (If-Match); it is
// compared while the row is locked.
#include "app/services/users.hpp"

#include "app/api/v1/endpoints.hpp"
#include "app/core/deps.hpp"
#include "app/schemas/user.hpp"
#include "plinth/conditional.hpp"
#include "plinth/pagination.hpp"
#include "plinth/security_log.hpp"

namespace app::api::v1::users {

using Reader = Security<get_current_user, "users:read">;
using Writer = Security<get_current_user, "users:write">;
using UserId = Path<"user_id", std::int64_t>;
using EmailPart = Query<"email", std::optional<Str<to_lower, max_length(320)>>,
                        description("A part of the address")>;

inline constexpr auto user_order = Orderable<&User::id, &User::email, &User::created_at>();

HttpError refusal(UserProblem problem) {
  return HttpError(409, problem == UserProblem::last_admin
                            ? "The last active administrator must remain"
                            : "Email already registered");
}

UserAdminRead shown(const User& user, Response& response) {
  auto read = to<UserAdminRead>(user);
  set_etag(response, etag(read));
  return read;
}

Task<User> lock_as_seen(Session& session, std::int64_t user_id, const Request& request) {
  auto user = co_await lock_user_and_admins(session, user_id);
  if (!user) throw HttpError(404, "User not found");
  check_match(request, etag(to<UserAdminRead>(*user)));
  co_return *user;
}

void log_change(const User& before, const User& after, const User& by) {
  const bool archived = *before.is_active && !*after.is_active;
  logging::security(archived ? SecurityEvent::user_archived : SecurityEvent::user_updated,
                    {{"user", *after.id}, {"by", *by.id}});
  if (*before.role == *after.role) return;
  logging::security(SecurityEvent::authz_change,
                    {{"user", *after.id}, {"by", *by.id}, {"role", *after.role}});
}

UserRead me(CurrentUser user) { return to<UserRead>(*user); }

Task<std::vector<UserAdminRead>> list_users(Reader, QueryFields<PageParams> page,
                                            QueryFields<UserFilter> filter, EmailPart email,
                                            SessionDep session, const Request& request,
                                            Response& response) {
  auto query = filter_by(select<User>(), *filter);
  if (*email) query.where(lower(col<&User::email>).contains(***email));
  auto found = co_await paginate(*session, query, user_order, *page, request, response);
  co_return to<std::vector<UserAdminRead>>(found);
}

Task<UserAdminRead> create_user(Writer admin, UserAdminCreate data, SessionDep session,
                                const PasswordPolicy& passwords, Response& response) {
  auto user = co_await create_user_as_admin(session, data, passwords);
  if (!user) throw refusal(UserProblem::email_taken);
  co_await session->commit();
  logging::security(SecurityEvent::user_created,
                    {{"user", *user->id}, {"by", *admin->id}, {"role", *user->role}});
  response.headers.set("location", "/api/v1/users/" + std::to_string(*user->id));
  co_return shown(*user, response);
}

Task<UserAdminRead> read_user(Reader, UserId user_id, SessionDep session, Response& response) {
  auto user = co_await session->one_or_none(select<User>().where(col<&User::id> == *user_id));
  if (!user) throw HttpError(404, "User not found");
  co_return shown(*user, response);
}

Task<UserAdminRead> update_user(Writer admin, UserId user_id, UserUpdate changes,
                                SessionDep session, const Request& request, Response& response) {
  auto user = co_await lock_as_seen(session, *user_id, request);
  const auto before = user;
  const auto problem = co_await app::update_user(session, user, changes);
  if (problem != UserProblem::none) throw refusal(problem);
  co_await session->commit();
  log_change(before, user, *admin);
  co_return shown(user, response);
}

Task<void> delete_user(Writer admin, UserId user_id, SessionDep session, const Request& request) {
  auto user = co_await lock_as_seen(session, *user_id, request);
  const auto problem = co_await app::delete_user(session, user);
  if (problem != UserProblem::none) throw refusal(problem);
  co_await session->commit();
  logging::security(SecurityEvent::user_deleted, {{"user", *user.id}, {"by", *admin->id}});
}

Router router() {
  return Router({.prefix = "/users", .tags = {"users"}})
      .get<me>("/me")
      .get<list_users>("")
      .post<create_user>("", {.status = 201})
      .get<read_user>("/{user_id:int}")
      .patch<update_user>("/{user_id:int}")
      .del<delete_user>("/{user_id:int}", {.status = 204});
}

}  // namespace app::api::v1::users
