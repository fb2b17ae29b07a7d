"""How fast each of our numbers may send: one bucket a number, shared by all workers.

A message that comes too soon is put back for the time it would have to wait, so that no
worker sleeps with it. What may not wait takes a place that is not there yet, and the
others wait for it. A generic cell rate algorithm: one row holds the time at which the
bucket is full again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, func
from sqlalchemy.dialects.postgresql import insert

from amaan.core import Core
from amaan.errors import OutsideServiceError
from amaan.storage import Transaction
from amaan.storage.models import SenderPace
from telephony.sender import TextDoor

# Twilio itself queues what comes faster (https://www.twilio.com/docs/api/errors/21611): a
# burst of this many seconds passes at once, only a lasting flood is held back here.
BURST = timedelta(seconds=10)
# After "too many requests" the number rests: Twilio asks for a short pause and names none
# (https://www.twilio.com/docs/api/errors/20429). A judgement.
REST_AFTER_429 = timedelta(seconds=2)
# The others get places this long after the last that did not wait, at the latest: a flood of
# texts that sound like danger must not silence the number for longer. A judgement.
MOST_AHEAD = timedelta(seconds=30)
# What waits looks again this soon, for urgent words may have come to stand behind it. Not
# sooner: hundreds that wait would keep the workers from all else.
_LOOK_AGAIN = timedelta(seconds=5)
_NONSENSE = BURST + timedelta(minutes=1)


class TooFastError(OutsideServiceError):
    """This number sends too fast now."""

    code = "too_fast"

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait
        """After this time there may be room."""


class Pace:
    """Takes places in the buckets."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def _interval(self, door: TextDoor) -> timedelta:
        settings = self._core.settings
        rate = settings.sms_per_second if door == "sms" else settings.whatsapp_per_second
        return timedelta(seconds=1 / rate)

    async def take(
        self, tx: Transaction, door: TextDoor, number: int, *, waits: bool = True
    ) -> None:
        """Takes a place for one message. Raises `TooFastError` when there is none now.

        Without `waits` there always is one: those who wait pay for it.
        """
        now, interval = self._core.clock.now(), self._interval(door)
        statement = insert(SenderPace).values(door=door, number=number, free_at=now + interval)
        # A time that no bucket reaches was noted by a clock that went wrong.
        known = case((SenderPace.free_at > now + _NONSENSE, now), else_=SenderPace.free_at)
        furthest = now + BURST + (interval if waits else MOST_AHEAD)
        free_at = func.least(func.greatest(known, now) + interval, furthest)
        taken = await tx.session.scalar(
            statement.on_conflict_do_update(
                index_elements=[SenderPace.door, SenderPace.number],
                set_={"free_at": free_at},
                where=known <= now + BURST if waits else None,
            ).returning(SenderPace.free_at)
        )
        if taken is not None:
            return
        found = await tx.session.get_one(SenderPace, (door, number))
        raise TooFastError(_wait(found.free_at, now, interval))

    async def rest(self, door: TextDoor, number: int) -> None:
        """Nothing is sent from this number for a moment: the provider asked for it."""
        until = self._core.clock.now() + BURST + REST_AFTER_429
        statement = insert(SenderPace).values(door=door, number=number, free_at=until)
        async with self._core.database.transaction() as tx:
            await tx.session.execute(
                statement.on_conflict_do_update(
                    index_elements=[SenderPace.door, SenderPace.number],
                    set_={"free_at": func.greatest(SenderPace.free_at, until)},
                )
            )


def _wait(free_at: datetime, now: datetime, interval: timedelta) -> timedelta:
    return min(max(free_at - BURST - now, interval), _LOOK_AGAIN)
