"""What happens when: drawn once from a seed, so that a run can be repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

LANGUAGES = (("ur", "Arab"), ("ps", "Arab"), ("sd", "Arab"), ("pa", "Arab"), ("bal", "Arab"),
             ("en", "Latn"))  # fmt: skip
DOORS = ("web", "sms", "whatsapp")
LEVELS = ("critical", "requested", "elevated")
_LEVEL_SHARES = (70, 20, 10)
_CLAIMED = 0.6
"""This share of the alarms is taken by somebody; the others go up the ladder."""
_RELEASED = 0.5
"""This share of the chats that were taken is given back."""
_ANSWERED = 0.5
"""In this share of them she had a human word before; without one others are called anew."""
_EARLIEST, _LATEST = 0.1, 0.9
"""Kills fall into this part of the time, so that each has a before and an after."""

Victim = Literal["worker", "database"]


@dataclass(frozen=True)
class Deed:
    """What a supervisor does about an alarm; times in seconds after the one before."""

    console: int
    claims_after: float
    answers: bool
    releases_after: float | None


@dataclass(frozen=True)
class Ring:
    """One alarm."""

    at: float
    """Seconds after the beginning."""
    language: str
    script: str
    door: str
    level: str
    deed: Deed | None


@dataclass(frozen=True)
class Kill:
    """A process dies of kill -9."""

    at: float
    victim: Victim


@dataclass(frozen=True)
class Plan:
    """Everything that is drawn."""

    rings: tuple[Ring, ...]
    kills: tuple[Kill, ...]


def draw(*, seed: int, seconds: float, alarms: int, consoles: int, kills: int) -> Plan:
    """`alarms` over `seconds`, each in order of time; `kills` of a worker and as many of the
    database, one in each equal part of the time."""
    chance = random.Random(seed)  # noqa: S311  (no secret: a plan that can be repeated)
    rings = [_ring(chance, seconds, consoles) for _ in range(alarms)]
    victims: tuple[Victim, ...] = ("worker", "database")
    deaths = [Kill(at, victim) for victim in victims for at in _spread(chance, seconds, kills)]
    return Plan(
        tuple(sorted(rings, key=lambda ring: ring.at)),
        tuple(sorted(deaths, key=lambda kill: kill.at)),
    )


def _spread(chance: random.Random, seconds: float, count: int) -> list[float]:
    width = (_LATEST - _EARLIEST) / max(count, 1)
    return [seconds * (_EARLIEST + width * (n + chance.random())) for n in range(count)]


def _ring(chance: random.Random, seconds: float, consoles: int) -> Ring:
    language, script = chance.choice(LANGUAGES)
    at = chance.uniform(0, seconds)
    return Ring(
        at=at,
        language=language,
        script=script,
        door=chance.choice(DOORS),
        level=chance.choices(LEVELS, _LEVEL_SHARES)[0],
        deed=_deed(chance, seconds, seconds - at, consoles),
    )


def _deed(chance: random.Random, seconds: float, left: float, consoles: int) -> Deed | None:
    """What somebody does about an alarm in what is `left` of the time, if anybody does."""
    deed = Deed(
        console=chance.randrange(consoles),
        # From at once to half of the time: some before the second step, some after.
        claims_after=chance.uniform(1, seconds / 2),
        answers=chance.random() < _ANSWERED,
        releases_after=chance.uniform(1, seconds / 10) if chance.random() < _RELEASED else None,
    )
    taken = chance.random() < _CLAIMED and deed.claims_after < left
    return deed if taken else None
