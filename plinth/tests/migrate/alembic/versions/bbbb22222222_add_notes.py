"""add notes"""
from alembic import op
import sqlalchemy as sa

revision = "bbbb22222222"
down_revision = "a9ec2e0b323b"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("users", sa.Column("note", sa.Text()))
    op.execute("UPDATE users SET note = ''")


def downgrade():
    op.drop_column("users", "note")
