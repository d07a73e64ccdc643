import os
from logging.config import fileConfig

import sqlalchemy as sa
from alembic import context

fileConfig(context.config.config_file_name)
url = os.environ["DATABASE_URL"]

# What the three revisions make.
metadata = sa.MetaData()
sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("email", sa.String(320), nullable=False, unique=True, index=True),
    sa.Column("hashed_password", sa.String(128), nullable=False),
    sa.Column("is_active", sa.Boolean(), nullable=False),
    sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    ),
    sa.Column("note", sa.Text()),
)
sa.Table(
    "teams",
    metadata,
    sa.Column("id", sa.BigInteger(), primary_key=True),
    sa.Column("owner", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
)

if context.is_offline_mode():
    context.configure(url=url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with sa.create_engine(url).connect() as connection:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()
