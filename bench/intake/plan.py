"""What happens when: drawn once from a seed, so that a run can be repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Victim = Literal["worker", "database", "sandbox"]
Deed = Literal["consent", "draft", "withdraw"]
VICTIMS: tuple[Victim, ...] = ("worker", "database", "sandbox")
_EARLIEST, _LATEST = 0.1, 0.9
"""Kills fall into this part of the time, so that each has a before and an after."""
FAULTS = (
    "timeout_before", "timeout_after", "closed_before", "closed_after", "500", "500_after",
    "502", "503", "504", "429", "401", "slow", "unknown_field", "other_enum", "garbled",
)  # fmt: skip
"""All that the sandbox can do wrong (`intake.sandbox.faults`)."""


@dataclass(frozen=True)
class Case:
    """One complaint. Without `consent` it must never arrive."""

    at: float
    """Seconds after the beginning."""
    deed: Deed


@dataclass(frozen=True)
class Kill:
    """A process dies of kill -9."""

    at: float
    victim: Victim


@dataclass(frozen=True)
class Fault:
    """The sandbox does something wrong with the next calls of one kind."""

    at: float
    kind: str
    on: str
    times: int


@dataclass(frozen=True)
class Plan:
    """Everything that is drawn, each in order of time."""

    cases: tuple[Case, ...]
    kills: tuple[Kill, ...]
    faults: tuple[Fault, ...]


def draw(*, seed: int, seconds: float, count: int, kills: int, faults: int) -> Plan:
    """`count` complaints with consent over `seconds`, and beside them a tenth that stay drafts
    and a twentieth that are taken back; `kills` of each victim; `faults` of the sandbox."""
    chance = random.Random(seed)  # noqa: S311  (no secret: a plan that can be repeated)
    shares: tuple[tuple[Deed, int], ...] = (
        ("consent", count),
        ("draft", max(1, count // 10)),
        ("withdraw", max(1, count // 20)),
    )
    cases = [Case(chance.uniform(0, seconds), deed) for deed, n in shares for _ in range(n)]
    part = (_LATEST - _EARLIEST) * seconds / max(kills, 1)
    deaths = [
        Kill(_EARLIEST * seconds + part * (n + chance.random()), victim)
        for victim in VICTIMS
        for n in range(kills)
    ]
    wrong = [_fault(chance, seconds) for _ in range(faults)]
    return Plan(
        tuple(sorted(cases, key=lambda one: one.at)),
        tuple(sorted(deaths, key=lambda one: one.at)),
        tuple(sorted(wrong, key=lambda one: one.at)),
    )


def _fault(chance: random.Random, seconds: float) -> Fault:
    on = chance.choices(("file", "find", "token"), (6, 2, 1))[0]
    # The answer to a token has no state that could be another one.
    kinds = [
        kind for kind in FAULTS if on != "token" or kind not in ("unknown_field", "other_enum")
    ]
    return Fault(
        chance.uniform(0, _LATEST * seconds), chance.choice(kinds), on, chance.randint(1, 4)
    )
