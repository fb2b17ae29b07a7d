"""Handing a chat over to a colleague, without a moment in which nobody has her.

The holder offers it to a person, or to anybody who reads a language. Until somebody takes
it she stays the holder: the assistant is silent and she may go on writing. A new ladder
calls meanwhile, the one it was offered to first (`handoff.roster`).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from amaan.core import Core
from amaan.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from amaan.logs import log
from amaan.ports import Courier
from amaan.storage import Transaction
from amaan.storage.models import Escalation, Staff
from amaan.words import VARIANTS
from handoff.audit import Tag, record
from handoff.cases import (
    Change,
    OpenCase,
    announce,
    cross_seam,
    end_offer,
    last_written,
    locked_case,
    require_holder,
)
from handoff.desk import Desk
from handoff.notes import HAND_OVER, add_note, checked_note
from handoff.permissions import Permission, may
from handoff.sayings import say
from handoff.states import HELD, State, move
from handoff.viewer import Viewer

CHANGED = "human.changed"
LOST = "human.lost"
LANGUAGES = frozenset(variant.language for variant in VARIANTS.values())
"""Languages that a chat can be offered in."""


class Transfers:
    """Offering chats to others.

    Methods raise what `locked_case` raises, and `NotHolderError`.
    """

    def __init__(self, core: Core, desk: Desk, courier: Courier) -> None:
        self._core = core
        self._desk = desk
        self._courier = courier

    async def offer(
        self,
        viewer: Viewer,
        escalation_id: UUID,
        *,
        to: UUID | None = None,
        language: str | None = None,
        note: str = "",
    ) -> None:
        """Offers the chat to the person `to`, or to everybody who reads `language`.

        With neither it is offered to readers of her own language. Calls them at once by a
        new ladder; `note` is for whoever comes and may be blank. An offer may be made anew.
        Raises `InputError` (codes ``target``: not active, may not claim, or herself;
        ``language``; ``too_long``).
        """
        text = checked_note(note, may_be_blank=True)
        if language is not None and language not in LANGUAGES:
            raise InputError("there is no such language", code="language")
        async with locked_case(self._core, viewer, escalation_id) as found:
            require_holder(viewer, found.case)
            if to is not None:
                await _require_target(found.tx, viewer, to)
            await self._offer(found, viewer, to, language, text)

    async def withdraw(self, viewer: Viewer, escalation_id: UUID) -> None:
        """Takes the offer back; nobody is called any more. Harmless when there was none."""
        async with locked_case(self._core, viewer, escalation_id) as found:
            require_holder(viewer, found.case)
            if found.case.state == State.HANDED_OVER:
                await take_back_offer(self._core, found.tx, found.case, viewer)

    async def give_all(self, viewer: Viewer, *, leave: bool = False) -> int:
        """Hands over every chat that the viewer holds; returns how many.

        For a pause and the end of a shift. She stays the holder of each until somebody
        takes it; with `leave` she goes at once: nobody holds them, the assistant is back,
        they are told, and others are called. A chat that was offered before is left as it
        was offered. Each in a transaction of its own: one that she lost meanwhile keeps no
        other from being handed over.
        """
        viewer.require(Permission.CASE_CLAIM)
        async with self._core.database.transaction() as tx:
            held = list(
                await tx.session.scalars(
                    select(Escalation.id)
                    .where(
                        Escalation.claimed_by == viewer.staff_id,
                        Escalation.state.in_([state.value for state in HELD]),
                        Escalation.conversation_id.is_not(None),
                    )
                    .order_by(Escalation.opened_at)
                )
            )
        return sum([await self._give(viewer, escalation_id, leave) for escalation_id in held])

    async def _give(self, viewer: Viewer, escalation_id: UUID, leave: bool) -> bool:
        # Closed, erased or taken since the list was read: then there is nothing to give.
        try:
            async with locked_case(self._core, viewer, escalation_id) as found:
                require_holder(viewer, found.case)
                if leave:
                    await let_go(self._core, self._courier, self._desk, found)
                    await self._note(found, viewer, Change.LAPSED)
                elif found.case.state != State.HANDED_OVER:
                    await self._offer(found, viewer, None, None, "")
        except (NotAllowedError, NotFoundError, ConflictError):
            return False
        return True

    async def _offer(
        self, found: OpenCase, viewer: Viewer, to: UUID | None, language: str | None, text: str
    ) -> None:
        tx, case = found.tx, found.case
        now = self._core.clock.now()
        if case.state != State.HANDED_OVER:
            case.state = move(case.state, State.HANDED_OVER)
        case.offered_to = to
        case.offered_language = None if to is not None else (language or case.language)
        case.handed_over_at = now
        if text:
            key = await self._core.vault.open_key(tx, found.conversation.id)
            await add_note(tx, key, case, viewer.staff_id, HAND_OVER, text, now)
        await self._desk.restart_ladder(tx, case)
        await self._note(found, viewer, Change.HANDED_OVER)

    async def _note(self, found: OpenCase, viewer: Viewer, change: Change) -> None:
        case = found.case
        await record(
            found.tx,
            Tag.ESCALATION_HANDED_OVER,
            at=self._core.clock.now(),
            actor=viewer.staff_id,
            subject=case.id,
            state=case.state,
            to=str(case.offered_to) if case.offered_to else None,
            language=case.offered_language,
            ladder=case.ladder,
        )
        await announce(found.tx, case, change)
        log().info(f"case_{change.value}", escalation_id=str(case.id), status=case.state)


async def let_go(core: Core, courier: Courier, desk: Desk, found: OpenCase) -> None:
    """The holder of a held case is gone before anybody took it; she is told so.

    Nobody holds the chat, the assistant is back, and people are called: by the ladder that
    runs already if it has steps left, by a new one otherwise. The caller audits.
    """
    tx, case = found.tx, found.case
    runs = case.state == State.HANDED_OVER and case.step_done < len(core.settings.page_steps) - 1
    case.state = move(case.state, State.OPEN)
    case.claimed_by = case.claimed_at = None
    end_offer(case)
    cross_seam(found.conversation, None)
    if not runs:
        await desk.restart_ladder(tx, case)
    await say(core, courier, tx, found.conversation, LOST)


async def take_back_offer(core: Core, tx: Transaction, case: Escalation, viewer: Viewer) -> None:
    """The giver keeps the chat after all: the ladder of the offer does nothing more."""
    assert case.claimed_at is not None
    written = await last_written(tx, case)
    wrote = written is not None and written >= case.claimed_at
    case.state = move(case.state, State.ENGAGED if wrote else State.CLAIMED)
    end_offer(case)
    await record(
        tx,
        Tag.ESCALATION_CLAIMED,
        at=core.clock.now(),
        actor=viewer.staff_id,
        subject=case.id,
        state=case.state,
        level=case.level,
        outcome=None,
    )
    await announce(tx, case, Change.CLAIMED)


async def _require_target(tx: Transaction, viewer: Viewer, to: UUID) -> None:
    person = await tx.session.get(Staff, to)
    if (
        person is None
        or person.id == viewer.staff_id
        or not person.active
        or not may(person.role, Permission.CASE_CLAIM)
    ):
        raise InputError("the chat cannot be offered to this person", code="target")
