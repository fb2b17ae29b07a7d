"""What the stand-in for an SMS gateway remembers. In memory only."""

from __future__ import annotations

import random
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from amaan.clock import Clock

FaultKind = Literal[
    "429",
    "500",
    "500_after",
    "timeout_before",
    "timeout_after",
    "garbled",
    "opted_out",
    "refused",
    "account",
    "callbacks",
]
FAULTS: frozenset[str] = frozenset(get_args(FaultKind))
START_WORDS = frozenset({"start", "unstop"})
"""Words by which somebody who had stopped messages lets them come again."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with one request to send."""

    kind: FaultKind
    seconds: float = 30.0
    """How long a ``timeout_*`` keeps the caller waiting."""
    order: tuple[str, ...] = ()
    """For ``callbacks``: the states that are reported, in this order; ``failed:later`` names
    an error."""


@dataclass
class Sent:
    """One message that the stand-in took."""

    id: str
    reference: str
    attempt: int
    fingerprint: str
    to: str
    sender: str
    text: str
    callback: str
    accepted_at: datetime
    status: str = "queued"

    def found(self) -> dict[str, Any]:
        """As a look-up shows it."""
        return {
            "id": self.id,
            "reference": self.reference,
            "attempt": self.attempt,
            "accepted_at": int(self.accepted_at.timestamp()),
            "status": self.status,
        }

    def to_json(self) -> dict[str, Any]:
        """Everything, for tests."""
        return {
            **self.found(),
            "to": self.to,
            "from": self.sender,
            "text": self.text,
        }


@dataclass
class Book:
    """Everything one stand-in knows."""

    clock: Clock
    sent: list[Sent] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    opted_out: set[str] = field(default_factory=set)
    """Numbers that want no messages, until they write one of `START_WORDS`."""
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  (no secret: order of callbacks)

    def take(self, fields: dict[str, Any]) -> tuple[Sent, bool]:
        """Notes a message, and whether it is new: one attempt at a reference is taken once."""
        for known in self.sent:
            if (known.reference, known.attempt) == (fields["reference"], fields["attempt"]):
                return known, False
        message = Sent(
            id=secrets.token_hex(8),
            reference=fields["reference"],
            attempt=fields["attempt"],
            fingerprint=fields["fingerprint"],
            to=fields["to"],
            sender=fields["from"],
            text=fields["text"],
            callback=fields["callback"],
            accepted_at=self.clock.now(),
        )
        self.sent.append(message)
        return message, True

    def look_up(self, name: str, value: str) -> list[dict[str, Any]]:
        """Messages with this ``reference`` or ``fingerprint``, newest first."""
        return [one.found() for one in reversed(self.sent) if getattr(one, name) == value]

    def states(self, fault: Fault | None) -> list[str]:
        """The states that are reported of a message: in any order, one of them twice."""
        if fault is not None and fault.kind == "callbacks":
            return list(fault.order)
        states = ["queued", "sent", "delivered"]
        states.append(self.chance.choice(states))
        self.chance.shuffle(states)
        return states
