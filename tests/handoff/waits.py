"""A case that waits on a clock that is set, and the worker that runs its timers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from amaan.clock import SetClock
from amaan.core import Core
from amaan.ports import Inbound, Parse
from amaan.storage.models import Conversation, Escalation
from handoff.waiting import Company
from tests.conftest import START
from tests.fakes import FakeScreener, parse
from tests.handoff.parts import Handoff


def understand(said: str) -> Parse:
    """A model that knows a few words."""
    known = {
        "no": parse("deny", language="en", script="Latn"),
        "maybe no": parse("deny", language="en", script="Latn", confidence=0.4),
        "yes": parse("affirm", language="en", script="Latn"),
        "die": parse("suicide_risk", level="critical", kind="suicide"),
        "hurt?": parse("imminent_harm", level="elevated", kind="harm"),
    }
    return known.get(said, parse(language="en", script="Latn"))


class Wait:
    """A case that waits, and the worker that runs its timers."""

    def __init__(self, core: Core, clock: SetClock) -> None:
        self.core = core
        self.clock = clock
        self.handoff = Handoff(core, screener=FakeScreener(understand))
        self.company = Company(core, self.handoff.courier)
        self.case_id = UUID(int=0)
        self.conversation_id = UUID(int=0)
        self._door: Any = "web"
        self._done: set[int] = set()

    async def begin(self, level: str = "critical", door: str = "web") -> None:
        """She writes, is answered, and the alarm rings."""
        self._door = door
        await self.write("hello", first=True)
        await self.handoff.alarm(self.conversation_id, level)
        self.case_id = (await self.case()).id
        self.clock.move(timedelta(0))

    async def write(self, said: str, *, first: bool = False) -> None:
        """A message of hers, dealt with."""
        await self.handoff.bench.processor.process(await self.arrive(said, first=first))

    async def arrive(self, said: str, *, first: bool = False) -> UUID:
        """A message of hers that nobody has dealt with; its id."""
        inbound = Inbound(
            self._door, "+923000000001", said, f"M{uuid4().hex}", language="en", script="Latn"
        )
        accepted = await self.handoff.bench.acceptor.accept(inbound)
        assert accepted.message_id is not None
        assert accepted.conversation_id is not None
        if first:
            self.conversation_id = accepted.conversation_id
        return accepted.message_id

    async def jobs(self) -> list[tuple[int, datetime, dict[str, Any]]]:
        """Timers of the lines: id, time and arguments."""
        async with self.core.database.transaction() as tx:
            rows = await tx.session.execute(
                text(
                    "SELECT id, scheduled_at, args FROM procrastinate_jobs "
                    "WHERE task_name = 'handoff:keep_company' ORDER BY scheduled_at, id"
                )
            )
            return [(found, at, args) for found, at, args in rows]

    async def run_to(self, seconds: float) -> None:
        """Moves the clock to so long after the start and runs each timer once, in its time."""
        end = START + timedelta(seconds=seconds)
        while True:
            due = [job for job in await self.jobs() if job[1] <= end and job[0] not in self._done]
            if not due:
                break
            number, at, args = due[0]
            self._done.add(number)
            self.clock.move(max(timedelta(0), at - self.clock.now()))
            await self.run(args)
        self.clock.move(end - self.clock.now())

    async def run(self, args: dict[str, Any]) -> None:
        """Runs a job, twice: repeats are part of life."""
        for _ in range(2):
            await self.company.keep(UUID(args["escalation_id"]), args["ladder"], args["step"])

    async def lines(self) -> list[str]:
        """Keys of the lines said so far."""
        said = await self.handoff.said(self.conversation_id)
        return [key for _, key, _ in said if key is not None and key.startswith("wait.")]

    async def last(self) -> tuple[str, str | None, str]:
        """Author, key and text of the last message."""
        return (await self.handoff.said(self.conversation_id))[-1]

    async def case(self) -> Escalation:
        """Her case."""
        return await self.handoff.case_of(self.conversation_id)

    async def conversation(self) -> Conversation:
        """Her conversation."""
        return await self.handoff.conversation(self.conversation_id)

    async def set(self, **values: Any) -> None:
        """Changes the case."""
        async with self.core.database.transaction() as tx:
            case = await tx.session.get_one(Escalation, self.case_id)
            for name, value in values.items():
                setattr(case, name, value)
