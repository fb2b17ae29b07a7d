"""The append-only record of what was done, by whom, without content.

Written in the transaction of the deed, so that neither exists without the other.
The database refuses to change or delete a row (a trigger of the first migration).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from amaan.storage import Transaction
from amaan.storage.models import AuditEvent

SYSTEM = "system"
PERSON = "person"
OPERATOR = "operator"


class Tag(StrEnum):
    """What can be recorded: ``subject:action`` in the past tense. Retired tags stay as comments."""

    ESCALATION_OPENED = "escalation:opened"
    ESCALATION_RAISED = "escalation:raised"
    """A further alarm: its level, whether the ladder started again."""
    ESCALATION_STEPPED = "escalation:stepped"
    """A step of the ladder was carried out; with how many pages."""
    ESCALATION_CLAIMED = "escalation:claimed"
    ESCALATION_ENGAGED = "escalation:engaged"
    """The first human word was sent."""
    MESSAGE_SENT = "message:sent_by_supervisor"
    ESCALATION_RELEASED = "escalation:released"
    ESCALATION_CLOSED = "escalation:closed"
    ESCALATION_ERASED = "escalation:erased"
    ESCALATION_HANDED_OVER = "escalation:handed_over"
    """The holder offered the chat to a colleague; it stays hers until somebody takes it."""
    ESCALATION_LAPSED = "escalation:claim_lapsed"
    """The holder's console was gone too long: the chat was taken back and others are called."""
    TIER_SET = "escalation:tier_set"
    """A person confirmed or overrode the tier."""
    HONOUR_OVERDUE = "escalation:honour_overdue"
    ESCALATION_JUDGED = "escalation:judged"
    LISTENING_BEGUN = "escalation:listening_begun"
    LISTENING_ENDED = "escalation:listening_ended"
    NOTE_WRITTEN = "note:written"
    FEEDBACK_GIVEN = "feedback:given"
    FEEDBACK_DONE = "feedback:done"
    PERSON_KEPT_COMPANY = "escalation:person_kept_company"
    """The assistant said a line of its own while she waits."""
    PERSON_TOLD_NOBODY = "escalation:person_told_nobody_came"
    PAGE_SENT = "page:sent"
    PAGE_FAILED = "page:failed"
    PAGE_OUTCOME_UNKNOWN = "page:outcome_unknown"
    PAGE_DECLINED = "page:declined"
    """Somebody who was called answered that she cannot come."""
    CONVERSATION_READ = "conversation:read"
    COMPLAINT_READ = "complaint:read"
    """The text of a complaint was opened; a complaint's own custody log is another record."""
    COMPLAINT_TIER_SET = "complaint:tier_set"
    COMPLAINT_SENT_AGAIN = "complaint:sent_again"
    """One that was held or refused was put on its way once more."""
    COMPLAINT_EXPORTED = "complaint:exported"
    """With for whom it was made."""
    COMPLAINT_FOLLOWED_UP = "complaint:followed_up"
    VOICE_HEARD = "voice:heard"
    """A voice note was begun to be listened to."""
    STAFF_ADDED = "staff:added"
    STAFF_DEACTIVATED = "staff:deactivated"
    STAFF_WORD_ISSUED = "staff:word_issued"
    STAFF_SIGNED_IN = "staff:signed_in"
    STAFF_SIGN_IN_REFUSED = "staff:sign_in_refused"
    STAFF_SIGNED_OUT = "staff:signed_out"
    STAFF_PROVED = "staff:proved_again"
    STAFF_FACTOR_SET = "staff:second_factor_set"
    STAFF_FACTOR_TAKEN = "staff:second_factor_taken_away"
    STAFF_RECOVERY_USED = "staff:recovery_code_used"
    STAFF_CHANGED = "staff:changed"
    """Role, languages or means of paging; with the names of what changed."""
    STAFF_AWAY = "staff:away"
    STAFF_BACK = "staff:back"
    STAFF_PAUSED = "staff:paused"
    STAFF_RESUMED = "staff:resumed"
    ROSTER_CHANGED = "roster:changed"
    ROSTER_GAP_FOUND = "roster:gap_found"
    """A coming time in which nobody is on duty; the operator was told once."""
    FIGURES_EXPORTED = "figures:exported"
    TRAIL_EXPORTED = "trail:exported"
    STAFF_PASSWORD_SET = "staff:password_set"  # noqa: S105 - a tag, no password
    OPERATOR_ALARM_CLEARED = "operator_alarm:cleared"


async def record(
    tx: Transaction,
    tag: Tag,
    *,
    at: datetime,
    actor: UUID | str,
    subject: UUID | str,
    **detail: str | int | bool | None,
) -> None:
    """Appends one event in the caller's transaction.

    `actor` is a staff id, or `SYSTEM`, `PERSON`, `OPERATOR`; `subject` the id of
    the case, staff member or alarm. `detail` holds levels, states, steps and
    counts; never a text, number or name, and no conversation id (it would
    outlive an erase).
    """
    tx.session.add(
        AuditEvent(at=at, tag=tag.value, actor=str(actor), subject_id=str(subject), detail=detail)
    )
    await tx.session.flush()
