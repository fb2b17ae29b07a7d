"""Answers to pages by SMS or WhatsApp: "1" takes the case without a console at hand.

A sender's number can be forged. What limits the harm: only cases that were paged to that
number can be taken or passed on; nothing of a case is said back, and what is said goes to
the true number, whose owner then knows; a chat taken without an open console is taken back
after `Settings.claim_lapses_after` and others are called; "no" only calls the next people
sooner; "away" needs an open page and ends by itself.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from amaan.core import Core
from amaan.errors import ConflictError, NotAllowedError, NotFoundError
from amaan.logs import log
from amaan.ports import Door
from amaan.storage import Transaction
from amaan.storage.models import Escalation, InboundClaim, Page, Staff
from handoff.audit import Tag, record
from handoff.claims import AlreadyClaimedError, Claims
from handoff.desk import PAGE_TASK
from handoff.own_hours import set_away
from handoff.pager import reference
from handoff.replies import SAY_TASK, Said
from handoff.states import CALLING, State
from handoff.viewer import viewer_of

ANSWERABLE = timedelta(hours=1)
"""So long after a page its "1" is an answer, also when a colleague was faster."""
AWAY_BY_TEXT = timedelta(hours=8)
"""As long as a shift; more is said on the console."""
_REFERENCE = re.compile(r"[0-9a-f]{4}")


class Verb(StrEnum):
    """What somebody answers."""

    TAKE = "take"
    DECLINE = "decline"
    AWAY = "away"
    BACK = "back"


_VERBS = {
    **dict.fromkeys(
        ("1", "yes", "y", "ok", "okay", "ji", "jee", "g", "haan", "han", "جی", "ہاں"), Verb.TAKE
    ),
    **dict.fromkeys(("0", "no", "n", "nahi", "nahin", "نہیں"), Verb.DECLINE),
    "away": Verb.AWAY,
    "back": Verb.BACK,
}


@dataclass(frozen=True)
class Answer:
    """A message read as an answer to a page."""

    verb: Verb | None
    """None when only a reference was written, which takes the case of that name."""
    reference: str | None = None


@dataclass(frozen=True)
class _Paged:
    """A case that somebody was called to."""

    id: UUID
    state: State
    ladder: int
    step_done: int
    step: int
    """At which step she was called, in the running ladder; -1 when it was an older one."""
    holder: UUID | None


def read_answer(text: str) -> Answer | None:
    """`text` as an answer to a page; None for everything that is more than one."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(_plain_sign(sign) for sign in plain)
    words = [word for word in plain.split() if word != "ref"]
    verbs = [word for word in words if word in _VERBS]
    references = [word for word in words if _REFERENCE.fullmatch(word)]
    if len(words) != len(verbs) + len(references) or len(verbs) > 1 or len(references) > 1:
        return None
    if not words:
        return None
    return Answer(
        _VERBS[verbs[0]] if verbs else None, references[0].upper() if references else None
    )


class PageAnswers:
    """Implements `amaan.ports.StaffAnswers`."""

    def __init__(self, core: Core, claims: Claims) -> None:
        self._core = core
        self._claims = claims

    async def take(self, door: Door, address: str, text: str, provider_id: str) -> bool:
        """Whether a message was a member of staff's answer to a page, and was dealt with.

        Anything else is left for the conversation: whoever works here may need help too.
        One delivered twice is dealt with once.
        """
        answer = read_answer(text)
        if answer is None:
            return False
        async with self._core.database.transaction() as tx:
            person = await self._person(tx, address)
            if person is None:
                return False
            case = self._meant(await self._paged(tx, person), answer)
            if case is None and not self._is_back(person, answer):
                return False
            if not await self._first_time(tx, door, provider_id):
                log().info("duplicate_dropped", door=door)
                return True
            # The claim is a transaction of its own inside this one, and harmless twice: a
            # process that dies between them is asked again by the provider.
            said = await self._act(tx, person, case, answer.verb or Verb.TAKE)
            await self._say_later(tx, person, door, said, case)
        log().info("page_answered", staff_id=str(person.id), result=said.value)
        return True

    async def _person(self, tx: Transaction, address: str) -> Staff | None:
        lookup = self._core.pseudonymiser.lookup("staff", address)
        found: Staff | None = await tx.session.scalar(
            select(Staff).where(Staff.page_lookup == lookup, Staff.active)
        )
        return found

    def _is_back(self, person: Staff, answer: Answer) -> bool:
        """Whether she was away and returns; then she has no page that she could answer."""
        now, until = self._core.clock.now(), person.away_until
        return answer == Answer(Verb.BACK) and until is not None and until > now

    async def _paged(self, tx: Transaction, person: Staff) -> list[_Paged]:
        """The cases she was called to lately, or that still wait; last called first."""
        since = self._core.clock.now() - ANSWERABLE
        rows = await tx.session.execute(
            select(Page, Escalation)
            .join(Escalation, Escalation.id == Page.escalation_id)
            .where(
                Page.staff_id == person.id,
                (Page.created_at >= since)
                | Escalation.state.in_([state.value for state in CALLING]),
            )
            .order_by(Page.created_at.desc(), Page.step.desc())
            .limit(100)
        )
        found: dict[UUID, _Paged] = {}
        for page, case in rows:
            step = page.step if page.ladder == case.ladder else -1
            paged = _Paged(
                case.id, State(case.state), case.ladder, case.step_done, step, case.claimed_by
            )
            found.setdefault(case.id, paged)
        return list(found.values())

    def _meant(self, paged: list[_Paged], answer: Answer) -> _Paged | None:
        """The case that an answer is about: the named one, or the last that still waits."""
        if answer.reference is not None:
            paged = [case for case in paged if reference(case.id) == answer.reference]
        waiting = [case for case in paged if case.state in CALLING]
        return next(iter([*waiting, *paged]), None)

    async def _first_time(self, tx: Transaction, door: Door, provider_id: str) -> bool:
        """Claims the provider's id, as `Acceptor` does: a message is one thing or the other."""
        lookup = self._core.pseudonymiser.lookup("provider_id", f"{door}|{provider_id}")
        statement = (
            insert(InboundClaim)
            .values(lookup=lookup, claimed_at=self._core.clock.now())
            .on_conflict_do_nothing()
            .returning(InboundClaim.lookup)
        )
        return await tx.session.scalar(statement) is not None

    async def _act(self, tx: Transaction, person: Staff, case: _Paged | None, verb: Verb) -> Said:
        if verb is Verb.TAKE and case is not None:
            return await self._claim(person, case)
        if verb in (Verb.DECLINE, Verb.AWAY) and case is not None:
            await self._pass_on(tx, person, case)
        if verb is Verb.DECLINE:
            return Said.NOTED
        until = self._core.clock.now() + AWAY_BY_TEXT if verb is Verb.AWAY else None
        await set_away(tx, person, until, self._core.clock.now())
        return Said.AWAY if verb is Verb.AWAY else Said.BACK

    async def _claim(self, person: Staff, case: _Paged) -> Said:
        if case.state not in CALLING:
            return Said.TAKEN if case.holder == person.id else Said.ALREADY
        required = self._core.settings.second_factor_required
        try:
            await self._claims.claim(viewer_of(person, factor_required=required), case.id)
        except AlreadyClaimedError:
            return Said.ALREADY
        except NotAllowedError:
            return Said.REFUSED
        except (ConflictError, NotFoundError):
            # Closed or erased while the answer was on its way.
            return Said.OVER
        return Said.TAKEN

    async def _pass_on(self, tx: Transaction, person: Staff, case: _Paged) -> None:
        """Calls the next people at once, unless others were called since she was.

        Not from the last step on: everybody was called then, and each "no" would call all
        of them again.
        """
        now, step = self._core.clock.now(), case.step_done + 1
        is_next = case.state in CALLING and case.step == case.step_done
        await record(
            tx, Tag.PAGE_DECLINED, at=now, actor=person.id, subject=case.id, step=case.step
        )
        if is_next and step < len(self._core.settings.page_steps):
            await tx.defer(
                PAGE_TASK,
                at=now,
                escalation_id=str(case.id),
                ladder=case.ladder,
                step=step,
                early=1,
            )

    async def _say_later(
        self, tx: Transaction, person: Staff, door: Door, said: Said, case: _Paged | None
    ) -> None:
        await tx.defer(
            SAY_TASK,
            staff_id=str(person.id),
            door=door,
            said=said.value,
            escalation_id=str(case.id) if case else "",
            asked_at=int(self._core.clock.now().timestamp()),
        )


def _plain_sign(sign: str) -> str:
    """A digit of any script as ours, a letter or mark as it is, everything else as a space."""
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    return sign if unicodedata.category(sign)[0] in "LMN" else " "
