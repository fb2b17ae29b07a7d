"""An intake in memory, for tests of whoever files: no server, no network, no keys."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from amaan.clock import Clock
from amaan.errors import UnknownOutcomeError
from intake.contract.wire import to_wire
from intake.port import AgencyState, Receipt, RefusedError, UnavailableError
from intake.schema import Complaint

Failure = Literal["unavailable", "refused", "lost_before", "lost_after"]
"""``lost_after``: it is taken and the answer never comes; ``lost_before``: it is not taken."""


@dataclass
class StandInIntake:
    """Implements `intake.port.Filing`; `failures` are used up one for each call."""

    clock: Clock
    failures: deque[Failure] = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)
    """Names of the calls, in order: file, find, state."""
    _by_key: dict[str, Receipt] = field(default_factory=dict)
    _bodies: dict[str, str] = field(default_factory=dict)

    @property
    def filed(self) -> dict[str, Receipt]:
        """What was taken, by key."""
        return dict(self._by_key)

    async def file(self, complaint: Complaint, key: str) -> Receipt:
        """See `Filing.file`."""
        failure = self._next("file")
        body = to_wire(complaint).model_dump_json()
        if self._bodies.setdefault(key, body) != body:
            raise RefusedError(code="intake_key_reused")
        if key not in self._by_key:
            number = f"SANDBOX-{len(self._by_key) + 1:08}"
            self._by_key[key] = Receipt(number, "received", self.clock.now())
        if failure == "lost_after":
            raise UnknownOutcomeError(code="intake_unknown")
        known = self._by_key[key]
        return Receipt(known.number, known.state, known.at, sent=f"signature\n{body}")

    async def find(self, key: str) -> Receipt | None:
        """See `Filing.find`."""
        self._next("find")
        return self._by_key.get(key)

    async def state(self, number: str) -> Receipt:
        """See `Filing.state`."""
        self._next("state")
        for receipt in self._by_key.values():
            if receipt.number == number:
                return receipt
        raise RefusedError(code="intake_unknown_number")

    def change(self, number: str, state: AgencyState) -> Receipt:
        """Gives a filed complaint a new state, as the agency would. Raises `StopIteration`."""
        key = next(key for key, one in self._by_key.items() if one.number == number)
        self._by_key[key] = Receipt(number, state, self.clock.now())
        return self._by_key[key]

    def _next(self, call: str) -> Failure | None:
        self.asked.append(call)
        failure = self.failures.popleft() if self.failures else None
        if failure == "unavailable":
            raise UnavailableError
        if failure == "refused":
            raise RefusedError
        if failure == "lost_before":
            raise UnknownOutcomeError(code="intake_unknown")
        return failure
