"""One run: start, let everything happen, stop, judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from amaan.core import Core, build_core
from bench.figures import Figure
from bench.handoff.consoles import Console, console_of
from bench.handoff.deeds import Deeds
from bench.handoff.house import House
from bench.handoff.judge import Rules
from bench.handoff.people import Worker, hire, open_conversations
from bench.handoff.plan import Kill, draw
from bench.handoff.records import read_records, read_sent
from bench.handoff.report import Run, figures

STEPS = (0, 120, 240, 360)
QUICK_STEPS = (0, 6, 40, 60)
"""Nobody is called twice for one case within 30 seconds, as on the real ladder: what was
interrupted is looked up at the provider by the text, and as far back as its clock may differ."""
TAIL_SECONDS = 15.0
"""After the last alarm: for what is due then and may be late."""
_NEWS_SECONDS = 30.0


@dataclass(frozen=True)
class Options:
    """What a run is made of."""

    seed: int = 1
    seconds: int = 300
    alarms: int = 300
    consoles: int = 40
    pages: int = 4
    kills: int = 4
    steps: tuple[int, ...] = STEPS

    @classmethod
    def quick(cls, seed: int) -> Options:
        """A run that ends within a minute or two."""
        return cls(seed, 30, 30, 10, 2, 1, QUICK_STEPS)

    def with_given(self, **given: int) -> Options:
        """With what was asked for; a tenth of other consoles reads unless that is given too."""
        if "consoles" in given:
            given.setdefault("pages", max(1, given["consoles"] // 10))
        return replace(self, **given)  # type: ignore[arg-type]  # all of them are whole numbers


async def run(options: Options, say: Callable[[str], None]) -> list[Figure]:
    """Makes one run and returns what was measured. Raises `BenchError`."""
    house = House(options.steps)
    try:
        say("Starting the database ...")
        await house.start_database()
        core = build_core(house.settings)
        await core.open()
        try:
            return await _run(options, house, core, say)
        finally:
            await core.close()
    finally:
        await house.stop()


async def _run(
    options: Options, house: House, core: Core, say: Callable[[str], None]
) -> list[Figure]:
    plan = draw(
        seed=options.seed,
        seconds=options.seconds,
        alarms=options.alarms,
        consoles=options.consoles,
        kills=options.kills,
    )
    async with core.database.transaction() as tx:
        await core.vault.first_epoch(tx)
    staff = await hire(core, options.consoles)
    conversations = await open_conversations(core, plan.rings)
    say("Starting the processes ...")
    await house.start_processes()
    say("Signing in ...")
    consoles = await _open(house, staff[: options.consoles], options.pages)
    deeds = Deeds(core, consoles)
    streams = [asyncio.create_task(console.live()) for console in consoles]
    await asyncio.sleep(1.0)
    say(
        f"{options.alarms} alarms in {options.seconds} s, {options.consoles} consoles of which "
        f"{options.pages} read the queue, {options.kills} kills of each, seed {options.seed}"
    )
    began, busy = time.monotonic(), house.cpu_seconds("staff")
    side = [
        asyncio.create_task(_kill(house, plan.kills, say)),
        asyncio.create_task(_tell(deeds, began, say)),
    ]
    try:
        await deeds.carry_out(plan.rings, conversations)
        rest = began + options.seconds + TAIL_SECONDS - time.monotonic()
        await asyncio.sleep(max(TAIL_SECONDS / 3, rest))
    finally:
        for task in side:
            task.cancel()
        await asyncio.gather(*side, return_exceptions=True)
    end = time.time()
    busy = (house.cpu_seconds("staff") - busy) / (time.monotonic() - began)
    await house.rest()
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    for console in consoles:
        await console.client.aclose()
    return figures(
        Run(
            rung=deeds.rung,
            consoles=consoles,
            records=await read_records(core),
            sent=await read_sent(house.stand_in_url),
            numbers={one.staff_id: one.number for one in staff if one.number},
            rules=_rules(options, house, staff, end),
            outages=house.outages,
            alarms=options.alarms,
            deeds=deeds,
            console_core=busy,
        )
    )


def _rules(options: Options, house: House, staff: Sequence[Worker], end: float) -> Rules:
    return Rules(
        steps=options.steps,
        elevated_after=house.settings.elevated_page_after.total_seconds(),
        everybody=frozenset(one.staff_id for one in staff),
        coordinators=frozenset({staff[options.consoles].staff_id}),
        end=end,
    )


async def _open(house: House, staff: Sequence[Worker], pages: int) -> list[Console]:
    consoles = [
        console_of(one, house.staff_url, reads=index < pages) for index, one in enumerate(staff)
    ]
    for console in consoles:
        await console.sign_in()
    return consoles


async def _kill(house: House, kills: Sequence[Kill], say: Callable[[str], None]) -> None:
    began = time.monotonic()
    for number, kill in enumerate(kills):
        await asyncio.sleep(max(0.0, began + kill.at - time.monotonic()))
        await house.kill(kill.victim, number)
        say(f"  {time.monotonic() - began:5.0f} s: kill -9 of the {kill.victim}")


async def _tell(deeds: Deeds, began: float, say: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(_NEWS_SECONDS)
        say(
            f"  {time.monotonic() - began:5.0f} s: {len(deeds.rung)} rung, "
            f"{deeds.claimed} taken, {deeds.released} given back"
        )
