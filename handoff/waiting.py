"""While she waits: the assistant stays with a line now and then, until somebody comes.

Timers stand in the job queue since the alarm's own transaction (`desk`), like the pages.
Each line comes unasked, so each is held back rather than said too often: on a phone that
somebody else holds it can betray her.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from amaan.conversation.store import read_content, read_place
from amaan.conversation.waiting import HERE, LINES, PLACE, STILL
from amaan.core import Core
from amaan.logs import log
from amaan.ports import Courier
from amaan.settings import Settings
from amaan.storage import Transaction
from amaan.storage.models import Conversation, Escalation, Message
from handoff.audit import SYSTEM, Tag, record
from handoff.cases import lock_case
from handoff.lines import lines_now, sms_lines, spoken_lines
from handoff.sayings import say
from handoff.states import WAITING, State

COMPANY_TASK = "handoff:keep_company"
FIRST_LINES = (HERE, PLACE, LINES)
"""One a step; from then on only the honest one that nobody knows how long it takes."""
STILL_TIMES = 3
SAID_LATELY = timedelta(seconds=30)
"""No line so soon after other words of ours: she is not alone then, and has to read."""
WROTE_LATELY = {
    "web": timedelta(minutes=15),
    "sms": timedelta(minutes=10),
    "whatsapp": timedelta(minutes=10),
}
"""Who has not written for this long may have put the phone down, or lost it to somebody."""
QUESTIONS = frozenset(
    {"plan.start", "plan.near", "erase.ask", "fallback.human", "language.ask", PLACE}
)
"""Keys of our questions: another one does not come before her answer."""
_LOOKED_BACK = 60


async def arm_company(tx: Transaction, case: Escalation, settings: Settings) -> None:
    """Sets the timers of the lines for a case whose ladder begins; `case` must be locked."""
    case.wait_step = -1
    for step, seconds in enumerate(settings.wait_steps):
        await _defer(tx, case, step, case.clock_started_at + timedelta(seconds=seconds))


async def be_quiet(tx: Transaction, conversation_id: UUID) -> bool:
    """She wants no more of the lines. Whether she waits; the conversation must be locked."""
    case = await tx.session.scalar(
        select(Escalation)
        .where(
            Escalation.conversation_id == conversation_id,
            Escalation.state.in_([state.value for state in WAITING]),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if case is None:
        return False
    case.wait_quiet = True
    await tx.session.flush()
    return True


class Company:
    """Says the lines."""

    def __init__(self, core: Core, courier: Courier) -> None:
        self._core = core
        self._courier = courier
        self._first = len(core.settings.wait_steps)
        self._steps = max(self._first, len(FIRST_LINES)) + STILL_TIMES

    async def keep(self, escalation_id: UUID, ladder: int, step: int) -> None:
        """Says the line of `step`, once, and sets the timer of the next one.

        Does nothing when somebody came, for an older ladder, or when she wants no more; says
        nothing when she has not written lately or the line's time is over. It waits half a
        minute when something was said just now, or a message of hers is being answered.
        """
        async with self._core.database.transaction() as tx:
            conversation, case = await lock_case(tx, escalation_id)
            if conversation is None or case is None or not _waits(conversation, case, ladder):
                return
            if step <= case.wait_step or step >= self._steps:
                return
            if not self._is_over(case, step) and self._is_listening(conversation):
                later = await self._put_off_until(tx, conversation)
                if later is not None:
                    await _defer(tx, case, step, later)
                    return
                await self._say(tx, conversation, case, step)
            case.wait_step = step
            if self._first <= step + 1 < self._steps:
                await _defer(
                    tx, case, step + 1, self._core.clock.now() + self._core.settings.wait_again
                )

    def _is_over(self, case: Escalation, step: int) -> bool:
        """Whether a job is so late that the next line is due: two at once would nag."""
        if step + 1 >= self._first:
            return False
        due = timedelta(seconds=self._core.settings.wait_steps[step + 1])
        return self._core.clock.now() >= case.clock_started_at + due

    def _is_listening(self, conversation: Conversation) -> bool:
        silent_for = self._core.clock.now() - conversation.last_inbound_at
        return silent_for <= WROTE_LATELY[conversation.door]

    async def _put_off_until(self, tx: Transaction, conversation: Conversation) -> datetime | None:
        """When to try again, or None to speak now."""
        now = self._core.clock.now()
        unanswered = await tx.session.scalar(
            select(Message.id).where(
                Message.conversation_id == conversation.id,
                Message.author == "person",
                Message.processed_at.is_(None),
            )
        )
        if unanswered is not None:
            return now + SAID_LATELY
        said_at: datetime | None = await tx.session.scalar(
            select(func.max(Message.created_at)).where(
                Message.conversation_id == conversation.id, Message.author != "person"
            )
        )
        # Words from the future (a clock was set back) must not silence us for so long.
        if said_at is None or not timedelta(0) <= now - said_at < SAID_LATELY:
            return None
        return said_at + SAID_LATELY

    async def _say(
        self, tx: Transaction, conversation: Conversation, case: Escalation, step: int
    ) -> None:
        key = self._line(case, step)
        if key is None or (key == PLACE and not await self._may_ask(tx, conversation, case)):
            return
        values: dict[str, str] = {}
        if key == LINES:
            values["lines"] = await self._lines(tx, conversation, case)
        if not await say(self._core, self._courier, tx, conversation, key, **values):
            return
        if key == PLACE:
            # A "1" or "yes" answers this question, not a menu from before it, where it may
            # stand for an erase.
            conversation.menu_sealed = None
            conversation.rest_sealed = None
        await record(
            tx,
            Tag.PERSON_KEPT_COMPANY,
            at=self._core.clock.now(),
            actor=SYSTEM,
            subject=case.id,
            ladder=case.ladder,
            step=step,
            line=key,
        )
        log().info("company_kept", escalation_id=str(case.id), step=step)

    def _line(self, case: Escalation, step: int) -> str | None:
        told_nobody = case.told_ladder == case.ladder
        if told_nobody:
            # She was told that nobody could come and which lines answer: no promise, no list,
            # and not before the honest line's own time.
            return STILL if step >= self._first else None
        return FIRST_LINES[step] if step < len(FIRST_LINES) else STILL

    async def _may_ask(self, tx: Transaction, conversation: Conversation, case: Escalation) -> bool:
        """Whether the question may be asked: of herself, once a case, and no other is open."""
        if case.who == "other" or conversation.pending_kind is not None:
            return False
        key = await self._core.vault.open_key(tx, conversation.id)
        rows = await tx.session.scalars(
            select(Message)
            .where(Message.conversation_id == conversation.id, Message.created_at >= case.opened_at)
            .order_by(Message.seq.desc())
            .limit(_LOOKED_BACK)
        )
        unanswered = True
        for row in rows:
            if row.author == "person":
                unanswered = False
                continue
            said = read_content(key, row).key
            if said == PLACE or (unanswered and said in QUESTIONS):
                return False
        return True

    async def _lines(self, tx: Transaction, conversation: Conversation, case: Escalation) -> str:
        key = await self._core.vault.open_key(tx, conversation.id)
        province = await read_place(tx, key, conversation.id, "province")
        lines = lines_now(self._core.clock.now(), province, case.kind)
        if conversation.door == "sms":
            return sms_lines(lines)
        return spoken_lines(lines, self._core.words, conversation)


def _waits(conversation: Conversation, case: Escalation, ladder: int) -> bool:
    return (
        case.ladder == ladder
        and State(case.state) in WAITING
        and conversation.holder_id is None
        and not case.wait_quiet
    )


async def _defer(tx: Transaction, case: Escalation, step: int, at: datetime) -> None:
    await tx.defer(COMPANY_TASK, at=at, escalation_id=str(case.id), ladder=case.ladder, step=step)
