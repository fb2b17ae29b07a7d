"""handoff: roster, tiers, notes, second factor

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_seal_event_id")),
    )
    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stand_in_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_absence_staff_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["stand_in_id"], ["staff.id"], name=op.f("fk_absence_stand_in_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_ends_at"), "absence", ["ends_at"], unique=False)
    op.create_index(op.f("ix_absence_staff_id"), "absence", ["staff_id"], unique=False)
    op.create_table(
        "shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_shift_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index(op.f("ix_shift_ends_at"), "shift", ["ends_at"], unique=False)
    op.create_index(op.f("ix_shift_staff_id"), "shift", ["staff_id"], unique=False)
    op.create_table(
        "shift_pattern",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("on_holidays", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_shift_pattern_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_pattern")),
    )
    op.create_index(op.f("ix_shift_pattern_staff_id"), "shift_pattern", ["staff_id"], unique=False)
    op.create_table(
        "staff_recovery",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_recovery_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_staff_recovery")),
    )
    op.create_index(
        op.f("ix_staff_recovery_staff_id"), "staff_recovery", ["staff_id"], unique=False
    )
    op.create_table(
        "case_listener",
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_case_listener_escalation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_case_listener_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("escalation_id", "staff_id", name=op.f("pk_case_listener")),
    )
    op.create_table(
        "case_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_case_note_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_case_note_escalation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_note_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
    )
    op.create_index(
        op.f("ix_case_note_escalation_id"), "case_note", ["escalation_id"], unique=False
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("script", sa.String(length=4), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_feedback_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["done_by"], ["staff.id"], name=op.f("fk_feedback_done_by")),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_feedback_escalation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_feedback_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_feedback_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_escalation_id"), "feedback", ["escalation_id"], unique=False)
    op.add_column(
        "escalation",
        sa.Column("tier", sa.String(length=8), nullable=False, server_default="standard"),
    )
    op.add_column("escalation", sa.Column("tier_by", sa.Uuid(), nullable=True))
    op.add_column("escalation", sa.Column("tier_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "escalation",
        sa.Column("rules", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    op.add_column(
        "escalation", sa.Column("honour", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column(
        "escalation", sa.Column("attention_due_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("escalation", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("escalation", sa.Column("offered_to", sa.Uuid(), nullable=True))
    op.add_column("escalation", sa.Column("offered_language", sa.String(length=3), nullable=True))
    op.add_column(
        "escalation", sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "escalation", sa.Column("wait_step", sa.SmallInteger(), nullable=False, server_default="-1")
    )
    op.add_column(
        "escalation", sa.Column("wait_quiet", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column("escalation", sa.Column("gender", sa.String(length=8), nullable=True))
    op.add_column("escalation", sa.Column("judged", sa.String(length=16), nullable=True))
    op.create_foreign_key(
        op.f("fk_escalation_offered_to"), "escalation", "staff", ["offered_to"], ["id"]
    )
    op.create_foreign_key(op.f("fk_escalation_tier_by"), "escalation", "staff", ["tier_by"], ["id"])
    op.drop_constraint(op.f("uq_page_escalation_id_ladder_step_staff_id"), "page", type_="unique")
    op.create_unique_constraint(
        op.f("uq_page_escalation_id_ladder_step_staff_id_means"),
        "page",
        ["escalation_id", "ladder", "step", "staff_id", "means"],
    )
    op.add_column("staff", sa.Column("page_lookup", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("email_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("totp_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.add_column(
        "staff",
        sa.Column("time_zone", sa.String(length=40), nullable=False, server_default="Asia/Karachi"),
    )
    op.add_column("staff", sa.Column("quiet_from", sa.Time(), nullable=True))
    op.add_column("staff", sa.Column("quiet_until", sa.Time(), nullable=True))
    op.add_column("staff", sa.Column("away_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff", sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff", sa.Column("present_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "staff", sa.Column("most_cases", sa.SmallInteger(), nullable=False, server_default="4")
    )
    op.add_column("staff", sa.Column("warns", sa.Boolean(), nullable=False, server_default="true"))
    op.add_column(
        "staff", sa.Column("interface", sa.String(length=3), nullable=False, server_default="en")
    )
    op.alter_column(
        "staff",
        "page_means",
        existing_type=sa.VARCHAR(length=12),
        type_=postgresql.ARRAY(sa.Text()),
        existing_nullable=False,
        postgresql_using="ARRAY[page_means]::text[]",
    )
    op.create_unique_constraint(op.f("uq_staff_page_lookup"), "staff", ["page_lookup"])
    op.add_column(
        "staff_session", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True)
    )
    # The machine's first sorting of what is open already.
    op.execute("UPDATE escalation SET tier = 'critical' WHERE level = 'critical'")
    op.execute("UPDATE escalation SET tier = 'high' WHERE level = 'elevated'")
    op.execute(
        "CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_column("staff_session", "proved_at")
    op.drop_constraint(op.f("uq_staff_page_lookup"), "staff", type_="unique")
    op.alter_column(
        "staff",
        "page_means",
        existing_type=postgresql.ARRAY(sa.Text()),
        type_=sa.VARCHAR(length=12),
        existing_nullable=False,
        postgresql_using="page_means[1]",
    )
    op.drop_column("staff", "interface")
    op.drop_column("staff", "warns")
    op.drop_column("staff", "most_cases")
    op.drop_column("staff", "present_at")
    op.drop_column("staff", "paused_until")
    op.drop_column("staff", "away_until")
    op.drop_column("staff", "quiet_until")
    op.drop_column("staff", "quiet_from")
    op.drop_column("staff", "time_zone")
    op.drop_column("staff", "totp_step")
    op.drop_column("staff", "totp_sealed")
    op.drop_column("staff", "email_sealed")
    op.drop_column("staff", "page_lookup")
    op.drop_constraint(
        op.f("uq_page_escalation_id_ladder_step_staff_id_means"), "page", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_page_escalation_id_ladder_step_staff_id"),
        "page",
        ["escalation_id", "ladder", "step", "staff_id"],
    )
    op.drop_constraint(op.f("fk_escalation_tier_by"), "escalation", type_="foreignkey")
    op.drop_constraint(op.f("fk_escalation_offered_to"), "escalation", type_="foreignkey")
    op.drop_column("escalation", "judged")
    op.drop_column("escalation", "gender")
    op.drop_column("escalation", "wait_quiet")
    op.drop_column("escalation", "wait_step")
    op.drop_column("escalation", "handed_over_at")
    op.drop_column("escalation", "offered_language")
    op.drop_column("escalation", "offered_to")
    op.drop_column("escalation", "due_at")
    op.drop_column("escalation", "attention_due_at")
    op.drop_column("escalation", "honour")
    op.drop_column("escalation", "rules")
    op.drop_column("escalation", "tier_at")
    op.drop_column("escalation", "tier_by")
    op.drop_column("escalation", "tier")
    op.drop_index(op.f("ix_feedback_escalation_id"), table_name="feedback")
    op.drop_table("feedback")
    op.drop_index(op.f("ix_case_note_escalation_id"), table_name="case_note")
    op.drop_table("case_note")
    op.drop_table("case_listener")
    op.drop_index(op.f("ix_staff_recovery_staff_id"), table_name="staff_recovery")
    op.drop_table("staff_recovery")
    op.drop_index(op.f("ix_shift_pattern_staff_id"), table_name="shift_pattern")
    op.drop_table("shift_pattern")
    op.drop_index(op.f("ix_shift_staff_id"), table_name="shift")
    op.drop_index(op.f("ix_shift_ends_at"), table_name="shift")
    op.drop_table("shift")
    op.drop_index(op.f("ix_absence_staff_id"), table_name="absence")
    op.drop_index(op.f("ix_absence_ends_at"), table_name="absence")
    op.drop_table("absence")
    op.drop_table("holiday")
    op.drop_table("audit_seal")
