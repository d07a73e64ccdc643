// The tables that the tests of this folder share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "plinth/session.hpp"

namespace models {

using namespace plinth;

struct User {
  static constexpr auto table = "users";
  static constexpr Index indexes[] = {
      {.name = "uq_users_email_lower", .on = "lower(email)", .unique = true}};

  Column<std::int32_t, primary_key> id;
  Column<std::string, max_length(320), unique, indexed> email;
  Column<std::string, max_length(128)> hashed_password;
  Column<bool, defaults_to(true)> is_active;
  Column<DateTime, server_default("now()")> created_at;
};

struct Team {
  static constexpr auto table = "teams";

  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(20), unique> name;
};

struct Membership {
  static constexpr auto table = "memberships";
  static constexpr CheckConstraint check_constraints[] = {
      {.that = "points >= 0", .name = "ck_memberships_points"}};

  Column<std::int64_t, primary_key, foreign_key<&Team::id>(OnDelete::cascade)> team_id;
  Column<std::int32_t, primary_key, foreign_key<&User::id>> user_id;
  Column<std::int32_t, defaults_to(0)> points;
  Column<std::optional<std::string>> note;
};

struct Employee {
  static constexpr auto table = "employees";

  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(40), unique> name;
  Column<std::optional<std::int64_t>, foreign_key<&Employee::id>> manager_id;
  Column<std::int32_t> salary;
  Column<Decimal, max_digits(8), decimal_places(2)> rate;
  Column<double> score;
};
using Manager = Alias<"manager", Employee>;

inline User ada() { return User{.email = "ada@example.com", .hashed_password = "x"}; }

}  // namespace models
