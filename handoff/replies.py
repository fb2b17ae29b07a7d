"""What is said back to a member of staff who answered a page by text."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from procrastinate import Blueprint, RetryStrategy

from amaan.core import Core
from amaan.errors import OutsideServiceError, UnknownOutcomeError
from amaan.logs import log
from amaan.storage.models import Staff
from handoff.hours import zone_of
from handoff.pager import MessageMeans, PageSender, number_of, reference

SAY_TASK = "answers:say"
_SAY_TRIES = 4


class Said(StrEnum):
    """What is said back."""

    TAKEN = "taken"
    ALREADY = "already"
    OVER = "over"
    REFUSED = "refused"
    NOTED = "noted"
    AWAY = "away"
    BACK = "back"


def answer_tasks(core: Core, sender: PageSender) -> Blueprint:
    """Tasks that say back what became of an answer, namespace ``answers``."""
    tasks = Blueprint()

    @tasks.task(name="say", retry=RetryStrategy(max_attempts=_SAY_TRIES, linear_wait=5))
    async def say(staff_id: str, door: str, said: str, escalation_id: str, asked_at: int) -> None:
        case_id = UUID(escalation_id) if escalation_id else None
        since = datetime.fromtimestamp(asked_at, core.clock.now().tzinfo)
        await say_back(core, sender, UUID(staff_id), door, Said(said), case_id, since)

    return tasks


async def say_back(
    core: Core,
    sender: PageSender,
    staff_id: UUID,
    door: str,
    said: Said,
    escalation_id: UUID | None,
    since: datetime,
) -> None:
    """Sends a short word to the person's own sealed number, once, whoever had asked.

    Raises `OutsideServiceError` when it surely did not go out, so that it is tried again.
    """
    async with core.database.transaction() as tx:
        person = await tx.session.get(Staff, staff_id)
    if person is None or not person.active or person.page_sealed is None:
        return
    means: MessageMeans = "whatsapp" if door == "whatsapp" else "sms"
    number, text = number_of(core.vault, person), _text(said, person, escalation_id)
    try:
        if await sender.find_sent(means, number, text, since) is None:
            await sender.send(means, number, text)
    except UnknownOutcomeError:
        # She sees on the console what became of it; the same words twice would puzzle her.
        log().warning("answer_outcome_unknown", staff_id=str(staff_id))
    except OutsideServiceError as error:
        log().warning("answer_not_sent", staff_id=str(staff_id), code=error.code)
        raise


def _text(said: Said, person: Staff, escalation_id: UUID | None) -> str:
    """One GSM-7 segment that says nothing of anybody."""
    name = f" Ref {reference(escalation_id)}" if escalation_id else ""
    if said is Said.AWAY and person.away_until is not None:
        local = person.away_until.astimezone(zone_of(person.time_zone))
        return f"Amaan: you are not called until {local:%H:%M}. Answer BACK to return."
    return {
        Said.TAKEN: f"Amaan: taken. Open the console within three minutes.{name}",
        Said.ALREADY: f"Amaan: already taken by a colleague.{name}",
        Said.OVER: f"Amaan: it is over.{name}",
        Said.REFUSED: "Amaan: not taken. Open the console and finish your account there.",
        Said.NOTED: f"Amaan: noted. Others are called.{name}",
        Said.AWAY: "Amaan: you are not called for now. Answer BACK to return.",
        Said.BACK: "Amaan: welcome back. You are called again.",
    }[said]
