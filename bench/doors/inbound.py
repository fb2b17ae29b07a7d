"""`python -m bench.doors.inbound`: 50 signed messages a second, once quietly, once with a restart.

Phones write to the public app as Twilio calls it: a phone's next message leaves when the
one before was answered, one in twenty comes a second time, late, after newer ones. Then
everything stored is opened and compared. The workers are off: this measures the door.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

import httpx
import structlog
from sqlalchemy import select
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from amaan.conversation.store import read_content
from amaan.core import build_core
from amaan.settings import Settings
from amaan.storage.models import Message
from bench.figures import BenchError, Figure, percentile, table
from bench.handoff.house import House

RATE = 50
"""Messages a second: the load of design.md, section 8."""
BAR_SECONDS = 0.2
SECONDS = 600
PHONES = 500
_REPEATED = 0.05
_REPEAT_AFTER_SECONDS = (0.0, 3.0)
_TIMEOUT_SECONDS = 15.0
"""Twilio gives up reading after this."""
_NEAR_RESTART = (0.5, 2.0)
"""Seconds before the death and after the return that count to the restart."""


@dataclass
class Load:
    """What was sent, and how it was answered."""

    settings: Settings
    seconds: int
    chance: random.Random
    sent: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Texts by phone, in the order in which they were acknowledged."""
    times: list[tuple[float, float]] = field(default_factory=list)
    """When each was sent, and how long its acknowledgement took; in seconds."""
    refused: int = 0
    repeats: int = 0
    late: int = 0
    """Messages that left later than their time, because every phone was waiting."""

    async def run(self) -> None:
        """Sends for `seconds`, then waits for the last answers."""
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
        async with httpx.AsyncClient(
            trust_env=False, timeout=_TIMEOUT_SECONDS, limits=limits
        ) as client:
            idle = [f"+9230{number:08d}" for number in range(PHONES)]
            began, tasks = time.monotonic(), set[asyncio.Task[None]]()
            for count in range(RATE * self.seconds):
                await asyncio.sleep(max(0.0, began + count / RATE - time.monotonic()))
                while not idle:
                    self.late += 1
                    await asyncio.sleep(0.01)
                phone = idle.pop(self.chance.randrange(len(idle)))
                task = asyncio.create_task(self._write(client, phone, count, idle))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.gather(*tasks)

    async def _write(
        self, client: httpx.AsyncClient, phone: str, count: int, idle: list[str]
    ) -> None:
        text = f"message {count}"
        form = self._form(phone, text, count)
        at, began = time.time(), time.monotonic()
        answered = await self._post(client, form)
        self.times.append((at, time.monotonic() - began))
        if answered:
            self.sent[phone].append(text)
        else:
            self.refused += 1
        idle.append(phone)
        if self.chance.random() < _REPEATED:
            self.repeats += 1
            await asyncio.sleep(self.chance.uniform(*_REPEAT_AFTER_SECONDS))
            await self._post(client, form)

    async def _post(self, client: httpx.AsyncClient, form: dict[str, str]) -> bool:
        url = f"{self.settings.origin}/twilio/sms"
        validator = RequestValidator(self.settings.twilio_auth_token.get_secret_value())
        headers = {
            "X-Twilio-Signature": validator.compute_signature(url, ImmutableMultiDict(form)),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        # Twilio tries once more when the connection itself fails.
        for _ in range(2):
            try:
                answer = await client.post(url, content=urlencode(form), headers=headers)
            except httpx.ConnectError:
                continue
            except httpx.HTTPError:
                return False
            return answer.status_code == httpx.codes.OK
        return False

    def _form(self, phone: str, text: str, count: int) -> dict[str, str]:
        return {
            "MessageSid": f"SM{count:032x}",
            "AccountSid": self.settings.twilio_account_sid,
            "From": phone,
            "To": self.settings.twilio_sms_from,
            "Body": text,
            "NumMedia": "0",
        }


async def measure(seconds: int, *, restart: bool, seed: int) -> list[Figure]:
    """One run against fresh processes; with `restart` the database dies in its middle."""
    house = House(serving=("public",), workers=0)
    name = "inbound_restart" if restart else "inbound"
    try:
        await house.start_database()
        core = build_core(house.settings)
        async with core.database.transaction() as tx:
            await core.vault.first_epoch(tx)
        await core.database.close()
        await house.start_processes()
        busy = house.cpu_seconds("public")
        load = Load(house.settings, seconds, random.Random(seed))  # noqa: S311  (no secret)
        killing = asyncio.create_task(_restart(house, seconds / 2)) if restart else None
        await load.run()
        if killing is not None:
            await killing
        busy = house.cpu_seconds("public") - busy
        stored = await _stored(house.settings)
        each = Figure(f"{name}_cpu", 1000 * busy / len(load.times), "ms", None, "of one message")
        return [*_times(name, load, house), each, *_kept(name, load, stored)]
    finally:
        await house.stop()


async def _restart(house: House, after: float) -> None:
    await asyncio.sleep(after)
    await house.kill("database")


async def _stored(settings: Settings) -> dict[str, list[str]]:
    """Texts of each conversation in the order in which they are kept, by their first text."""
    core = build_core(settings)
    found: dict[UUID, list[str]] = defaultdict(list)
    async with core.database.transaction() as tx:
        keys: dict[UUID, bytes] = {}
        rows = await tx.session.scalars(
            select(Message).order_by(Message.conversation_id, Message.seq)
        )
        for row in rows:
            owner = row.conversation_id
            if owner not in keys:
                keys[owner] = await core.vault.open_key(tx, owner)
            found[owner].append(read_content(keys[owner], row).text)
    await core.database.close()
    return {texts[0]: texts for texts in found.values()}


def _times(name: str, load: Load, house: House) -> list[Figure]:
    outages = [
        (one.began - _NEAR_RESTART[0], (one.ended or time.time()) + _NEAR_RESTART[1])
        for one in house.outages
    ]

    def near(at: float, took: float) -> bool:
        return any(at <= end and at + took >= begin for begin, end in outages)

    quiet = [took for at, took in load.times if not near(at, took)]
    figures = [
        Figure(f"{name}_ack_p50", percentile(quiet, 50), "s", None, f"of {len(quiet)}"),
        Figure(f"{name}_ack_p99", percentile(quiet, 99), "s", BAR_SECONDS, "signed webhook"),
        Figure(f"{name}_ack_max", max(quiet), "s"),
        Figure(f"{name}_rate", len(load.times) / load.seconds, "/s", None, "messages"),
        Figure(f"{name}_late", load.late, "", None, "waits because every phone waited"),
    ]
    held = [took for at, took in load.times if near(at, took)]
    if held:
        figures.append(Figure(f"{name}_ack_held_max", max(held), "s", _TIMEOUT_SECONDS))
    return figures


def _kept(name: str, load: Load, stored: dict[str, list[str]]) -> list[Figure]:
    lost = disordered = 0
    for texts in load.sent.values():
        # A message without an answer may stand first: Twilio does not know of it either.
        kept = next((one for one in stored.values() if texts[0] in one), [])
        lost += len(set(texts) - set(kept))
        disordered += [one for one in kept if one in set(texts)] != texts
    every = [text for texts in stored.values() for text in texts]
    return [
        Figure(f"{name}_refused", load.refused, "", 0, "not acknowledged"),
        Figure(f"{name}_lost", lost, "", 0, "acknowledged, and not kept"),
        Figure(f"{name}_doubled", len(every) - len(set(every)), "", 0, f"{load.repeats} repeats"),
        Figure(f"{name}_disordered", disordered, "", 0, "phones whose order was not kept"),
    ]


def main(arguments: Sequence[str]) -> int:
    """Runs and prints; 1 when a bar is missed or the run could not be made."""
    parser = argparse.ArgumentParser(prog="bench-doors", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each run (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of everything drawn (%(default)s)")
    options = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # Ends the processes and their folder as a normal end does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load = os.getloadavg()[0]
    print(f"{len(os.sched_getaffinity(0))} cores, load {load:.2f}. The bars are for 2 cores.")
    figures: list[Figure] = []
    try:
        for restart in (False, True):
            words = "with a restart of the database" if restart else "quietly"
            print(f"{RATE} messages a second for {options.seconds} s, {words} ...", flush=True)
            figures += asyncio.run(measure(options.seconds, restart=restart, seed=options.seed))
    except BenchError as error:
        print(f"bench-doors: {error}", file=sys.stderr)
        return 1
    print(f"\n{table(figures)}\n")
    for figure in figures:
        print(figure.line())
    missed = [figure.name for figure in figures if figure.holds is False]
    if missed:
        print(f"\nbench-doors: bar missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
