"""messages in whose place dots stand, so that an open page can take them away

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "message", sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("message", "hidden", server_default=None)


def downgrade() -> None:
    op.drop_column("message", "hidden")
