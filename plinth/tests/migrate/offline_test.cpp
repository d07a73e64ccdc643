#include "migrate/offline.hpp"

#include <doctest/doctest.h>

#include "revisions.hpp"

using namespace plinth;
using db::Dialect;

namespace {
const migrate::Log quiet(true);
}  // namespace

// Source: alembic 1.18.4, `alembic upgrade head --sql` of the seed's project.
TEST_CASE("upgrade --sql prints for PostgreSQL what Alembic prints") {
  auto revisions = history::revisions();
  const migrate::History chain({revisions.data(), 1});
  CHECK(migrate::upgrade_script(chain, "head", Dialect::postgresql, quiet) ==
        R"(BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> a9ec2e0b323b

CREATE TABLE users (
    id SERIAL NOT NULL, 
    email VARCHAR(320) NOT NULL, 
    hashed_password VARCHAR(128) NOT NULL, 
    is_active BOOLEAN NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_users_email ON users (email);

INSERT INTO alembic_version (version_num) VALUES ('a9ec2e0b323b') RETURNING alembic_version.version_num;

COMMIT;

)");
}

TEST_CASE("a range prints its steps only") {
  auto revisions = history::revisions();
  const migrate::History chain(revisions);
  CHECK(migrate::upgrade_script(chain, "a9ec2e0b323b:bbbb", Dialect::sqlite, quiet) ==
        R"(BEGIN;

-- Running upgrade a9ec2e0b323b -> bbbb22222222

ALTER TABLE users ADD COLUMN note TEXT;

UPDATE users SET note = '';

UPDATE alembic_version SET version_num='bbbb22222222' WHERE alembic_version.version_num = 'a9ec2e0b323b';

COMMIT;

)");
  CHECK(migrate::downgrade_script(chain, "a9ec:base", Dialect::postgresql, quiet) ==
        R"(BEGIN;

-- Running downgrade a9ec2e0b323b -> 

DROP INDEX ix_users_email;

DROP TABLE users;

DELETE FROM alembic_version WHERE alembic_version.version_num = 'a9ec2e0b323b';

DROP TABLE alembic_version;

COMMIT;

)");
}
