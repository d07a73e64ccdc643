// The revisions that docs/migrations.md quotes, applied and undone.
#include <doctest/doctest.h>

#include "migrate/lint.hpp"
#include "migrate/setup.hpp"

using namespace plinth;
using setup::Database;
using setup::Lines;

namespace {

extern const Revision create_accounts{
    .revision = "b1f0c2d3e4a5",
    .down_revision = "",
    .message = "create accounts",
    .upgrade =
        [](Operations& op) {
          op.create_table(
              "accounts",  //
              sa::Column("id", sa::Integer(), {.nullable = false}),
              sa::Column("owner", sa::String(80)),
              sa::Column("balance", sa::Numeric(12, 2), {.nullable = false, .server_default = "0"}),
              sa::PrimaryKeyConstraint("id"));
          op.create_index("ix_accounts_owner", "accounts", {"owner"});
          op.bulk_insert("accounts", {"owner", "balance"},
                         {{"bank", Decimal{"1000.00"}}, {"till", 0}});
        },
    .downgrade = [](Operations& op) { op.drop_table("accounts"); },
};

extern const Revision shorten_owner{
    .revision = "c2a1d3e4f5b6",
    .down_revision = "b1f0c2d3e4a5",
    .message = "shorten owner",
    .upgrade =
        [](Operations& op) {
          op.batch_alter_table("accounts", [](BatchOperations& batch_op) {
            batch_op.alter_column("owner",
                                  {.type = sa::String(40), .existing_type = sa::String(80)});
            batch_op.create_check_constraint("ck_accounts_balance", "balance >= 0");
            batch_op.add_column(sa::Column("opened", sa::Date()));
          });
        },
    .downgrade =
        [](Operations& op) {
          op.batch_alter_table("accounts", [](BatchOperations& batch_op) {
            batch_op.drop_column("opened");
            batch_op.drop_constraint("ck_accounts_balance");
            batch_op.alter_column("owner", {.type = sa::String(80)});
          });
        },
};

extern const Revision index_balance{
    .revision = "d3b2e4f5a6c7",
    .down_revision = "c2a1d3e4f5b6",
    .message = "index balance",
    .upgrade =
        [](Operations& op) {
          op.create_index("ix_accounts_balance", "accounts", {"balance"},
                          {.postgresql_concurrently = true});
        },
    .downgrade =
        [](Operations& op) {
          op.drop_index("ix_accounts_balance", "accounts", {.postgresql_concurrently = true});
        },
    .transactional = false,
};

// NOT NULL in three steps, of which none stops the table for long.
void owner_is_known(Operations& op) {
  op.create_check_constraint("ck_accounts_owner", "accounts", "owner IS NOT NULL",
                             {.postgresql_not_valid = true});
}
void owner_was_known(Operations& op) { op.validate_constraint("ck_accounts_owner", "accounts"); }
void owner_must_be_known(Operations& op) {
  op.alter_column("accounts", "owner", {.nullable = false});
  op.drop_constraint("ck_accounts_owner", "accounts");
}

void nothing(Operations&) {}

extern const Revision add_currency{
    .revision = "e4c3f5a6b7d8",
    .down_revision = "a3a3a3a3a3a3",
    .branch_labels = "currencies",
    .message = "add currency",
    .upgrade =
        [](Operations& op) { op.add_column("accounts", sa::Column("currency", sa::String(3))); },
    .downgrade = [](Operations& op) { op.drop_column("accounts", "currency"); },
};

extern const Revision join_branches{
    .revision = "f5d4a6b7c8e9",
    .down_revision = {"e4c3f5a6b7d8", "a4a4a4a4a4a4"},
    .message = "join currencies and limits",
    .upgrade = nothing,
    .downgrade = nothing,
};

std::vector<Revision> revisions() {
  return {create_accounts,
          shorten_owner,
          index_balance,
          setup::step("a1a1a1a1a1a1", "d3b2e4f5a6c7", owner_is_known,
                      [](Operations& op) { op.drop_constraint("ck_accounts_owner", "accounts"); }),
          setup::step("a2a2a2a2a2a2", "a1a1a1a1a1a1", owner_was_known),
          setup::step("a3a3a3a3a3a3", "a2a2a2a2a2a2", owner_must_be_known,
                      [](Operations& op) {
                        op.alter_column("accounts", "owner", {.nullable = true});
                        owner_is_known(op);
                      }),
          add_currency,
          setup::step("a4a4a4a4a4a4", "a3a3a3a3a3a3", nothing),
          join_branches};
}

}  // namespace

TEST_CASE("the revisions of the guide are applied, undone, and applied again") {
  Database database{.revisions = revisions()};
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"upgrade", "head"}, {"downgrade", "base"}, {"upgrade", "head"}}) {
    const auto done = database.run(words);
    CAPTURE(done.log);
    CHECK(done.code == 0);
  }
  CHECK(database.run({"current"}).out == "f5d4a6b7c8e9 (head) (mergepoint)\n");
  CHECK(database.column("SELECT owner FROM accounts ORDER BY balance") == Lines{"till", "bank"});
  CHECK_THROWS_AS(database.execute({"INSERT INTO accounts (balance) VALUES (1)"}), IntegrityError);
}

TEST_CASE("lint has nothing against the careful revisions of the guide") {
  const auto all = revisions();
  const migrate::History history(all);
  CHECK(migrate::lint(history, {2, 3, 4, 5, 6}).empty());
}
