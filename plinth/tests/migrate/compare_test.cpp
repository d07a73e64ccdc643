// What is found between two schemas, and the C++ that is written for it.
#include "migrate/compare.hpp"

#include <doctest/doctest.h>

#include "migrate/render_changes.hpp"

using namespace plinth;
using db::Dialect;
using migrate::autogenerate::Comparison;
using migrate::autogenerate::inverse;
using migrate::autogenerate::render;
using migrate::autogenerate::Schema;
using migrate::autogenerate::set_name;
using Lines = std::vector<std::string>;

namespace {

Schema schema(std::vector<sa::Table> tables, std::vector<sa::Type> enums = {}) {
  return {.tables = tables, .spelled = tables, .enums = std::move(enums)};
}

Comparison between(const Schema& live, const Schema& wanted, Dialect dialect,
                   std::vector<migrate::autogenerate::Backfill> backfills = {}) {
  return compare(live, wanted, backfills, dialect);
}

std::string upgrade(const Comparison& found, Dialect dialect) {
  return render(found.upgrade, dialect);
}
std::string downgrade(const Comparison& found, Dialect dialect) {
  return render(inverse(found.upgrade), dialect);
}

sa::Table teams() {
  return {.name = "teams",
          .items = {sa::Column("id", sa::Integer(), {.nullable = false}),
                    sa::Column("name", sa::String(20), {.nullable = false}),
                    sa::PrimaryKeyConstraint("id").named("teams_pkey"),
                    sa::UniqueConstraint("name").named("teams_name_key")}};
}

sa::Table users() {
  return {.name = "users",
          .items = {sa::Column("id", sa::Integer(), {.nullable = false}),
                    sa::Column("email", sa::String(320), {.nullable = false}),
                    sa::Column("team_id", sa::Integer()),
                    sa::Column("mood", sa::Enum("mood", {"sad", "ok"}),
                               {.nullable = false, .server_default = "'ok'"}),
                    sa::PrimaryKeyConstraint("id"),
                    sa::ForeignKeyConstraint({"team_id"}, {"teams.id"}, {.ondelete = "CASCADE"}),
                    sa::CheckConstraint("length(email) > 3", "ck_users_email")},
          .indexes = {{.name = "ix_users_email", .on = {"email"}, .options = {.unique = true}},
                      {.name = "ix_users_lower",
                       .on = {sa::text("lower(email)"), "team_id"},
                       .options = {.where = "team_id > 3"}}}};
}

}  // namespace

TEST_CASE("tables that are new are written with all they have, and their types first") {
  const auto found = between({}, schema({users(), teams()}), Dialect::postgresql);
  CHECK(found.detected == Lines{"Detected added enum 'mood'", "Detected added table 'teams'",
                                "Detected added table 'users'",
                                "Detected added index 'ix_users_email' on '('email',)'",
                                "Detected added index 'ix_users_lower' on '('lower(email)', "
                                "'team_id')'"});
  CHECK(upgrade(found, Dialect::postgresql) ==
        R"code(  // ### auto generated; please adjust ###
  op.create_enum("mood", {"sad", "ok"});
  op.create_table("teams",  //
                  sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("name", sa::String(20), {.nullable = false}),
                  sa::PrimaryKeyConstraint("id").named("teams_pkey"),
                  sa::UniqueConstraint("name").named("teams_name_key"));
  op.create_table("users",  //
                  sa::Column("id", sa::Integer(), {.nullable = false}),
                  sa::Column("email", sa::String(320), {.nullable = false}),
                  sa::Column("team_id", sa::Integer()),
                  sa::Column("mood", sa::Enum("mood", {"sad", "ok"}, {.create_type = false}),
                             {.nullable = false, .server_default = "'ok'"}),
                  sa::PrimaryKeyConstraint("id"),
                  sa::ForeignKeyConstraint({"team_id"}, {"teams.id"}, {.ondelete = "CASCADE"}),
                  sa::CheckConstraint("length(email) > 3", "ck_users_email"));
  op.create_index("ix_users_email", "users", {"email"}, {.unique = true});
  op.create_index("ix_users_lower", "users", {sa::text("lower(email)"), "team_id"},
                  {.where = "team_id > 3"});
  // ### end of what was auto generated ###
)code");
  CHECK(downgrade(found, Dialect::postgresql) ==
        R"code(  // ### auto generated; please adjust ###
  op.drop_index("ix_users_lower", "users");
  op.drop_index("ix_users_email", "users");
  op.drop_table("users");
  op.drop_table("teams");
  op.drop_enum("mood");
  // ### end of what was auto generated ###
)code");
}

TEST_CASE("nothing to do is a function that does nothing") {
  const auto found = between(schema({teams()}), schema({teams()}), Dialect::sqlite);
  CHECK(found.detected.empty());
  CHECK(upgrade(found, Dialect::sqlite) ==
        R"code(  // ### auto generated; please adjust ###
  static_cast<void>(op);
  // ### end of what was auto generated ###
)code");
}

TEST_CASE("changes of a column are found one by one, and undone") {
  auto after = teams();
  after.items[1] = sa::Column("name", sa::Text(), {.nullable = true, .server_default = "'x'"});
  after.items.emplace_back(sa::CheckConstraint("name <> ''"));
  const auto found = between(schema({teams()}), schema({after}), Dialect::postgresql);
  CHECK(found.detected == Lines{"Detected type change from VARCHAR(20) to TEXT on 'teams.name'",
                                "Detected NULL on column 'teams.name'",
                                "Detected server default on column 'teams.name'",
                                "Detected added check constraint None on 'teams'"});
  CHECK(upgrade(found, Dialect::postgresql) ==
        R"code(  // ### auto generated; please adjust ###
  op.alter_column("teams", "name",
                  {.type = sa::Text(), .nullable = true, .server_default = "'x'",
                   .existing_type = sa::String(20)});
  op.create_check_constraint("teams_name_check", "teams", "name <> ''");
  // ### end of what was auto generated ###
)code");
  CHECK(downgrade(found, Dialect::postgresql) ==
        R"code(  // ### auto generated; please adjust ###
  op.drop_constraint("teams_name_check", "teams");
  op.alter_column("teams", "name", {.server_default = ""});
  op.alter_column("teams", "name",
                  {.type = sa::String(20), .nullable = false, .existing_type = sa::Text()});
  // ### end of what was auto generated ###
)code");
}

TEST_CASE("on SQLite what needs a new table is one batch a table") {
  auto before = teams();
  set_name(before.items[3], "");
  auto after = teams();
  after.items.pop_back();
  after.items.emplace_back(sa::Column("slug", sa::String()));
  after.items.emplace_back(
      sa::Column("at", sa::DateTime({.timezone = true}), {.server_default = "now()"}));
  const auto found = between(schema({before}), schema({after}), Dialect::sqlite);
  CHECK(upgrade(found, Dialect::sqlite) ==
        R"code(  // ### auto generated; please adjust ###
  op.add_column("teams", sa::Column("slug", sa::String()));
  op.batch_alter_table("teams", [](auto& batch_op) {
    batch_op.drop_constraint("teams_name_key");
    batch_op.add_column(sa::Column("at", sa::DateTime({.timezone = true}),
                                   {.server_default = "now()"}));
  });
  // ### end of what was auto generated ###
)code");
  CHECK(downgrade(found, Dialect::sqlite) ==
        R"code(  // ### auto generated; please adjust ###
  op.batch_alter_table("teams", [](auto& batch_op) {
    batch_op.drop_column("at");
    batch_op.drop_column("slug");
    batch_op.create_unique_constraint("teams_name_key", {"name"});
  });
  // ### end of what was auto generated ###
)code");
}

TEST_CASE("a column that must have a value says what rows get that are there") {
  auto after = teams();
  after.items.emplace_back(sa::Column("open", sa::Boolean(), {.nullable = false}));
  SUBCASE("the model's default, which is then taken back") {
    const auto found = between(schema({teams()}), schema({after}), Dialect::postgresql,
                               {{.table = "teams", .column = "open", .value = "true"}});
    CHECK(upgrade(found, Dialect::postgresql) ==
          R"code(  // ### auto generated; please adjust ###
  // Rows that are there get the model's default; new ones get it from C++.
  op.add_column("teams",
                sa::Column("open", sa::Boolean(), {.nullable = false, .server_default = "true"}));
  op.alter_column("teams", "open", {.server_default = ""});
  // ### end of what was auto generated ###
)code");
    CHECK(downgrade(found, Dialect::postgresql) ==
          R"code(  // ### auto generated; please adjust ###
  op.drop_column("teams", "open");
  // ### end of what was auto generated ###
)code");
  }
  SUBCASE("no default: a comment says that rows make it fail, and how to do it") {
    const auto found = between(schema({teams()}), schema({after}), Dialect::postgresql);
    CHECK(upgrade(found, Dialect::postgresql) ==
          R"code(  // ### auto generated; please adjust ###
  // NOT NULL without a default: this is refused when teams has rows.
  // Give it .server_default here, or add it nullable, fill it by
  // op.execute("UPDATE teams SET open = …"), and alter it to .nullable = false.
  op.add_column("teams", sa::Column("open", sa::Boolean(), {.nullable = false}));
  // ### end of what was auto generated ###
)code");
  }
}

TEST_CASE("what looks like a new name says how to give it") {
  SUBCASE("a table") {
    auto after = teams();
    after.name = "groups";
    const auto found = between(schema({teams()}), schema({after}), Dialect::postgresql);
    const auto text = upgrade(found, Dialect::postgresql);
    CHECK(
        text.find("  // This loses the rows of teams. Was it renamed? Then write, instead of this "
                  "and the new table,\n"
                  "  // op.rename_table(\"teams\", \"groups\");\n"
                  "  op.drop_table(\"teams\");\n") != std::string::npos);
  }
  SUBCASE("a column") {
    auto after = teams();
    std::get<sa::Column>(after.items[1]).name = "title";
    std::get<sa::UniqueConstraint>(after.items[3]).columns = {"title"};
    const auto found = between(schema({teams()}), schema({after}), Dialect::postgresql);
    const auto text = upgrade(found, Dialect::postgresql);
    CHECK(text.find("  // This loses the values of teams.name. Was it renamed? Then write, instead "
                    "of this and the new column,\n"
                    "  // op.alter_column(\"teams\", \"name\", {.new_column_name = \"title\"});\n"
                    "  op.drop_column(\"teams\", \"name\");\n") != std::string::npos);
  }
  SUBCASE("a table of nobody's is warned of") {
    const auto found = between(schema({teams()}), schema({}), Dialect::postgresql);
    CHECK(upgrade(found, Dialect::postgresql)
              .find("  // No model has the table teams. This loses its rows: take the line away "
                    "when it is someone else's.\n"
                    "  op.drop_table(\"teams\");\n") != std::string::npos);
  }
}

TEST_CASE("an unnamed constraint is dropped by its name, and made again with one") {
  auto after = users();
  after.items.erase(after.items.begin() + 5);  // the foreign key
  auto before = users();
  set_name(before.items[5], "users_team_id_fkey");
  const auto mood = sa::Enum("mood", {"sad", "ok"});
  const auto found =
      between(schema({before, teams()}, {mood}), schema({after, teams()}), Dialect::postgresql);
  CHECK(found.detected == Lines{"Detected removed foreign key (team_id)(id) on table users"});
  CHECK(upgrade(found, Dialect::postgresql)
            .find("  op.drop_constraint(\"users_team_id_fkey\", \"users\");\n") !=
        std::string::npos);
  CHECK(downgrade(found, Dialect::postgresql)
            .find("  op.create_foreign_key(\"users_team_id_fkey\", \"users\", \"teams\", "
                  "{\"team_id\"}, {\"id\"},\n                        {.ondelete = "
                  "\"CASCADE\"});\n") != std::string::npos);
}

TEST_CASE("foreign keys in a circle are made after their tables") {
  auto circular = teams();
  circular.items.emplace_back(sa::Column("lead_id", sa::Integer()));
  circular.items.emplace_back(sa::ForeignKeyConstraint({"lead_id"}, {"users.id"}));
  const auto found = between({}, schema({circular, users()}), Dialect::postgresql);
  const auto text = upgrade(found, Dialect::postgresql);
  const auto users_at = text.find("op.create_table(\"users\"");
  const auto teams_at = text.find("op.create_table(\"teams\"");
  CHECK(users_at < teams_at);
  CHECK(text.find("  op.create_foreign_key(\"users_team_id_fkey\", \"users\", \"teams\", "
                  "{\"team_id\"}, {\"id\"},\n                        {.ondelete = "
                  "\"CASCADE\"});\n") > teams_at);
  const auto undone = downgrade(found, Dialect::postgresql);
  CHECK(undone.find("op.drop_constraint(\"users_team_id_fkey\", \"users\");") <
        undone.find("op.drop_table("));
}

TEST_CASE("values are added to an enumeration in their places") {
  auto after = users();
  std::get<sa::Column>(after.items[3]).type = sa::Enum("mood", {"low", "sad", "so", "ok"});
  const auto mood = sa::Enum("mood", {"sad", "ok"});
  const auto found =
      between(schema({users(), teams()}, {mood}), schema({after, teams()}), Dialect::postgresql);
  CHECK(found.detected == Lines{"Detected changed values of enum 'mood'"});
  CHECK(upgrade(found, Dialect::postgresql) ==
        R"code(  // ### auto generated; please adjust ###
  op.add_enum_value("mood", "low", {.before = "sad"});
  op.add_enum_value("mood", "so", {.after = "sad"});
  // ### end of what was auto generated ###
)code");
  CHECK(downgrade(found, Dialect::postgresql) ==
        R"code(  // ### auto generated; please adjust ###
  if (op.dialect() == plinth::db::Dialect::postgresql) {
    op.execute("ALTER TYPE mood RENAME TO mood_old");
    op.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')");
    op.execute("ALTER TABLE users ALTER COLUMN mood DROP DEFAULT, ALTER COLUMN mood TYPE mood "
               "USING mood::text::mood, ALTER COLUMN mood SET DEFAULT 'ok'");
    op.execute("DROP TYPE mood_old");
  }
  // ### end of what was auto generated ###
)code");
}

TEST_CASE("a type made anew is a change of the text on SQLite") {
  auto after = users();
  after.items[3] = sa::Column("mood", sa::Enum("mood", {"ok", "merry"}),
                              {.nullable = false, .server_default = "'merry'"});
  const auto mood = sa::Enum("mood", {"sad", "ok"});
  const auto found =
      between(schema({users(), teams()}, {mood}), schema({after, teams()}), Dialect::postgresql);
  CHECK(upgrade(found, Dialect::postgresql) ==
        R"code(  // ### auto generated; please adjust ###
  // The type is made anew; refused while rows hold a value that it loses.
  if (op.dialect() == plinth::db::Dialect::postgresql) {
    op.execute("ALTER TYPE mood RENAME TO mood_old");
    op.execute("CREATE TYPE mood AS ENUM ('ok', 'merry')");
    op.execute("ALTER TABLE users ALTER COLUMN mood DROP DEFAULT, ALTER COLUMN mood TYPE mood "
               "USING mood::text::mood, ALTER COLUMN mood SET DEFAULT 'merry'");
    op.execute("DROP TYPE mood_old");
  } else {
    op.alter_column("users", "mood",
                    {.type = sa::Enum("mood", {"ok", "merry"}, {.create_type = false}),
                     .server_default = "'merry'"});
  }
  // ### end of what was auto generated ###
)code");
}

TEST_CASE("the sequence of a number that grows grows with it") {
  auto before = schema({teams()});
  before.sequences = {{.table = "teams", .column = "id", .name = "teams_id_seq"}};
  auto after = teams();
  std::get<sa::Column>(after.items[0]).type = sa::BigInteger();
  const auto found = between(before, schema({after}), Dialect::postgresql);
  CHECK(upgrade(found, Dialect::postgresql) ==
        R"code(  // ### auto generated; please adjust ###
  op.alter_column("teams", "id", {.type = sa::BigInteger(), .existing_type = sa::Integer()});
  if (op.dialect() == plinth::db::Dialect::postgresql) {
    op.execute("ALTER SEQUENCE teams_id_seq AS BIGINT");
  }
  // ### end of what was auto generated ###
)code");
}

TEST_CASE("check tells the differences in short") {
  const auto found = between(schema({teams()}), schema({users(), teams()}), Dialect::postgresql);
  CHECK(migrate::autogenerate::summary(found.upgrade) ==
        "[('add_enum', 'mood'), ('add_table', 'users'), ('add_index', 'users', "
        "'ix_users_email'), ('add_index', 'users', 'ix_users_lower')]");
}
