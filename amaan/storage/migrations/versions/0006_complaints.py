"""complaints: drafts, what was filed, attempts and events

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _complaint()
    _attempts()
    _events()


def _complaint() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("code_lookup", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("script", sa.String(length=4), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("filed_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("number_lookup", sa.LargeBinary(), nullable=True),
        sa.Column("agency_state", sa.String(length=16), nullable=True),
        sa.Column("agency_state_at", _TIME, nullable=True),
        sa.Column("tier", sa.String(length=8), nullable=False),
        sa.Column("tier_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tier_by", sa.Uuid(), nullable=True),
        sa.Column("tier_at", _TIME, nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("last_message_id", sa.Uuid(), nullable=True),
        sa.Column("consented_at", _TIME, nullable=True),
        sa.Column("review_until", _TIME, nullable=True),
        sa.Column("filed_at", _TIME, nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", _TIME, nullable=True),
        sa.Column("remind", sa.Boolean(), nullable=False),
        sa.Column("reminded_at", _TIME, nullable=True),
        sa.Column("keep_until", _TIME, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_complaint_conversation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["tier_by"], ["staff.id"], name=op.f("fk_complaint_tier_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("reference", name=op.f("uq_complaint_reference")),
        sa.UniqueConstraint("code_lookup", name=op.f("uq_complaint_code_lookup")),
        sa.UniqueConstraint("number_lookup", name=op.f("uq_complaint_number_lookup")),
        sa.UniqueConstraint("key", name=op.f("uq_complaint_key")),
    )
    op.create_index(
        "uq_complaint_draft",
        "complaint",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'draft' AND conversation_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_complaint_conversation_id"), "complaint", ["conversation_id"])
    op.create_index("ix_complaint_state_review_until", "complaint", ["state", "review_until"])


def _attempts() -> None:
    op.create_table(
        "filing_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_filing_attempt_complaint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_attempt")),
        sa.UniqueConstraint(
            "complaint_id", "number", name=op.f("uq_filing_attempt_complaint_id_number")
        ),
    )
    op.create_index(op.f("ix_filing_attempt_complaint_id"), "filing_attempt", ["complaint_id"])
    op.create_table(
        "filing_gate",
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_filing_gate")),
    )


def _events() -> None:
    op.create_table(
        "complaint_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(length=8), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("tag", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_complaint_event_complaint_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_complaint_event_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_event")),
    )
    op.create_index(op.f("ix_complaint_event_complaint_id"), "complaint_event", ["complaint_id"])
    # Deleted only together with its complaint: then the trigger is called from another one.
    op.execute(
        """
        CREATE FUNCTION refuse_change_alone() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
          IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN RETURN OLD; END IF;
          RAISE EXCEPTION 'this table is append-only';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER complaint_event_append_only BEFORE UPDATE OR DELETE "
        "ON complaint_event FOR EACH ROW EXECUTE FUNCTION refuse_change_alone()"
    )


def downgrade() -> None:
    op.drop_table("complaint_event")
    op.execute("DROP FUNCTION refuse_change_alone()")
    op.drop_table("filing_gate")
    op.drop_table("filing_attempt")
    op.drop_table("complaint")
