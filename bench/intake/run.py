"""One run: start, let everything happen, wait until all is settled, judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import httpx

from amaan.core import Core, build_core
from bench.figures import BenchError, Figure, percentile
from bench.intake.deeds import Deeds, until_done
from bench.intake.house import House
from bench.intake.judge import Booked, booked_of, count_open, judge, read_ours
from bench.intake.plan import Fault, Kill, Plan, draw
from intake.sandbox.checks import SANDBOX_HEADER

RECONCILED_BAR = 900.0
"""Seconds after everything runs again until nothing is open any more."""
_NEWS_SECONDS = 30.0
_LOOK_SECONDS = 2.0
# A call that hangs does so for longer than the client waits.
_HANGS_SECONDS = 20.0


@dataclass(frozen=True)
class Options:
    """What a run is made of."""

    count: int = 1000
    seconds: int = 300
    kills: int = 6
    faults: int = 120
    seed: int = 1
    speed: float = 1.0


class Sandbox:
    """The sandbox's own routes."""

    def __init__(self, house: House) -> None:
        secret = house.settings.intake_sandbox_secret.get_secret_value()
        self._client = httpx.AsyncClient(
            base_url=house.sandbox_url,
            headers={SANDBOX_HEADER: secret},
            trust_env=False,
            timeout=30,
        )

    async def order(self, fault: Fault) -> None:
        """Orders a fault; a sandbox that is dead has a fault already."""
        value = {"kind": fault.kind, "on": fault.on, "times": fault.times}
        seconds = _HANGS_SECONDS if fault.kind.startswith("timeout") else 1.0
        asks = {"retry_after": 5} if fault.kind in ("429", "503") else {}
        try:
            answer = await self._client.post(
                "/sandbox/faults", json={**value, "seconds": seconds, **asks}
            )
        except httpx.TransportError:
            return
        answer.raise_for_status()

    async def heal(self) -> None:
        """Forgets every fault that waits."""
        (await self._client.delete("/sandbox/faults")).raise_for_status()

    async def book(self) -> list[Booked]:
        """All that it took."""
        answer = await self._client.get("/sandbox/complaints")
        answer.raise_for_status()
        return [booked_of(one) for one in answer.json()]

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()


async def run(options: Options, say: Callable[[str], None]) -> list[Figure]:
    """Makes one run and returns what was measured. Raises `BenchError`."""
    house = House(options.speed)
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
        count=options.count,
        kills=options.kills,
        faults=options.faults,
    )
    async with core.database.transaction() as tx:
        await core.vault.first_epoch(tx)
    deeds = Deeds(core)
    conversations = await deeds.open_conversations(len(plan.cases))
    say("Starting the processes ...")
    await house.start_processes()
    sandbox = Sandbox(house)
    try:
        say(
            f"{options.count} complaints in {options.seconds} s, {options.kills} kills of each of "
            f"three, {options.faults} faults, seed {options.seed}"
        )
        await _storm(plan, house, sandbox, deeds, say, conversations)
        await _recover(house, sandbox)
        ready = time.time()
        say("Everything runs again.")
        took = await _settle(core, ready, options, say)
        return _figures(options, house, deeds, await _judged(core, sandbox, deeds), took)
    finally:
        await sandbox.close()


async def _storm(
    plan: Plan,
    house: House,
    sandbox: Sandbox,
    deeds: Deeds,
    say: Callable[[str], None],
    conversations: Sequence[object],
) -> None:
    began = time.monotonic()

    async def wait(at: float) -> None:
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))

    async def kill(kills: Sequence[Kill]) -> None:
        for number, one in enumerate(kills):
            await wait(one.at)
            await house.kill(one.victim, number)
            say(f"  {time.monotonic() - began:5.0f} s: kill -9 of the {one.victim}")

    async def break_things(faults: Sequence[Fault]) -> None:
        for one in faults:
            await wait(one.at)
            await sandbox.order(one)

    await asyncio.gather(
        deeds.carry_out(plan.cases, conversations),  # type: ignore[arg-type]
        kill(plan.kills),
        break_things(plan.faults),
    )


async def _recover(house: House, sandbox: Sandbox) -> None:
    """Waits until everything runs and nothing goes wrong on purpose any more."""
    while any(outage.ended is None for outage in house.outages):  # noqa: ASYNC110  (polled)
        await asyncio.sleep(_LOOK_SECONDS / 4)
    await sandbox.heal()


async def _settle(core: Core, ready: float, options: Options, say: Callable[[str], None]) -> float:
    """Seconds until nothing is open any more; a little past the bar it is given up."""
    limit = RECONCILED_BAR / options.speed + 60
    news = 0.0
    while (left := await until_done(lambda: count_open(core))) and time.time() - ready < limit:
        if time.time() - ready >= news:
            say(f"  {time.time() - ready:5.0f} s: {left} open")
            news += _NEWS_SECONDS
        await asyncio.sleep(_LOOK_SECONDS)
    return time.time() - ready


@dataclass(frozen=True)
class _Judged:
    counts: dict[str, int]
    book: list[Booked]
    attempts: int
    most: int
    left: int


async def _judged(core: Core, sandbox: Sandbox, deeds: Deeds) -> _Judged:
    book, ours = await sandbox.book(), await read_ours(core)
    tries = [len(one.attempts) for one in ours.values()]
    return _Judged(
        asdict(judge(deeds.consented, ours, book)),
        book,
        sum(tries),
        max(tries, default=0),
        await count_open(core),
    )


_NOTES = {
    "missing": "consented, and not in the sandbox's book",
    "doubled": "more than once in its book",
    "without_consent": "in its book, and nobody agreed",
    "unlike": "not filed here, or under another number",
    "untold": "she was not told the number exactly once",
    "unsettled": "attempts of which nobody knows how they ended",
    "broken": "records of deeds that were changed",
}


def _figures(
    options: Options, house: House, deeds: Deeds, found: _Judged, took: float
) -> list[Figure]:
    if not deeds.consented:
        raise BenchError("nothing was consented to")
    at = {one.key: one.at for one in deeds.consented}
    waits = [max(0.0, one.filed_at - at[one.key]) for one in found.book if one.key in at]
    restarts = [one.ended - one.began for one in house.outages if one.ended is not None]
    bar = RECONCILED_BAR / options.speed
    note = "after everything ran again" + (
        "" if options.speed == 1 else f"; waits divided by {options.speed:g}"
    )
    return [
        *(
            Figure(f"intake_{name}", count, "", 0, _NOTES[name])
            for name, count in found.counts.items()
        ),
        Figure("intake_left", found.left, "", 0, "open complaints and jobs at the end"),
        Figure("intake_reconciled", took, "s", bar, note),
        *_spread("intake_filed_after", waits, "from consent until the sandbox had it"),
        Figure("intake_consented", len(deeds.consented), "", None),
        Figure("intake_without", len(deeds.others), "", None, "drafts, and what was taken back"),
        Figure("intake_attempts", found.attempts, "", None, f"at most {found.most} for one"),
        Figure("intake_sent_again", sum(one.requests > 1 for one in found.book), "", None,
               "came once more under the same key"),
        Figure("intake_kills", len(house.outages), "", None),
        *_spread("intake_restart", restarts, "of a killed process"),
    ]  # fmt: skip


def _spread(name: str, values: Sequence[float], note: str) -> list[Figure]:
    if not values:
        return []
    return [
        Figure(f"{name}_p50", percentile(values, 50), "s", None, note),
        Figure(f"{name}_max", max(values), "s"),
    ]
