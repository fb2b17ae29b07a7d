"""doors: wishes and guard, long messages, voice notes, sender pools, return codes

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "return_code",
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_return_code_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_return_code")),
    )
    op.create_index(op.f("ix_return_code_conversation_id"), "return_code", ["conversation_id"])
    op.create_index(op.f("ix_return_code_expires_at"), "return_code", ["expires_at"])
    op.add_column("conversation", sa.Column("wishes_sealed", sa.LargeBinary(), nullable=True))
    op.add_column(
        "conversation",
        sa.Column("guard", sa.String(length=8), server_default="open", nullable=False),
    )
    op.add_column("conversation", sa.Column("wish_asked", sa.String(length=12), nullable=True))
    op.add_column("conversation", sa.Column("rest_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("message", sa.Column("attachments_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("message", sa.Column("sender_index", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "sender_index")
    op.drop_column("message", "attachments_sealed")
    op.drop_column("conversation", "rest_sealed")
    op.drop_column("conversation", "wish_asked")
    op.drop_column("conversation", "guard")
    op.drop_column("conversation", "wishes_sealed")
    op.drop_index(op.f("ix_return_code_expires_at"), table_name="return_code")
    op.drop_index(op.f("ix_return_code_conversation_id"), table_name="return_code")
    op.drop_table("return_code")
