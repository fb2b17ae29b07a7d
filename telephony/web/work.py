"""A small sum for the browser, asked of new chats and come-back tries while the house is busy.

The challenge is signed and remembered nowhere until it was solved. A solution counts once, for
the page that it was given to, and for two minutes. It says nothing of who she is.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections import OrderedDict
from datetime import timedelta

from amaan.clock import Clock
from amaan.crypto import Pseudonymiser
from amaan.ports import JSON

BITS = 16
"""Leading zero bits: 65,536 hashes on average. Estimate, not measured on such a phone: 30,000
hashes a second in plain script on a cheap phone of 2015, so about two seconds."""
LIFETIME = timedelta(minutes=2)
"""Longer than the slowest phone should need, four times the average among them."""
MAX_SPENT = 10_000
"""Solved challenges that one process remembers; the oldest are forgotten first."""
_PROOF = re.compile(r"(([0-9]{1,12})\.([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{22}))\.[0-9]{1,12}")


class Work:
    """Gives sums and looks at solutions. `lookup` is always the asking page's keyed hash."""

    def __init__(self, pseudonymiser: Pseudonymiser, clock: Clock) -> None:
        self._pseudonymiser = pseudonymiser
        self._clock = clock
        self._spent: OrderedDict[str, int] = OrderedDict()

    def ask(self, lookup: bytes) -> JSON:
        """A challenge, as the page's script reads it."""
        until = int((self._clock.now() + LIFETIME).timestamp())
        head = f"{until}.{secrets.token_urlsafe(9)}"
        return {"challenge": f"{head}.{self._signature(head, lookup)}", "bits": BITS}

    def is_done(self, proof: str, lookup: bytes) -> bool:
        """Whether `proof` solves a challenge of ours for this page; true once."""
        found = _PROOF.fullmatch(proof)
        if found is None:
            return False
        challenge, until, nonce, signature = found.groups()
        now = self._clock.now().timestamp()
        # The upper bound is for a clock that was set back.
        if not now <= int(until) <= now + LIFETIME.total_seconds():
            return False
        if not secrets.compare_digest(signature, self._signature(f"{until}.{nonce}", lookup)):
            return False
        value = int.from_bytes(hashlib.sha256(proof.encode()).digest(), "big")
        if value >> (256 - BITS) or challenge in self._spent:
            return False
        self._spend(challenge, int(until), now)
        return True

    def _spend(self, challenge: str, until: int, now: float) -> None:
        self._spent[challenge] = until
        while self._spent and (
            len(self._spent) > MAX_SPENT or next(iter(self._spent.values())) < now
        ):
            self._spent.popitem(last=False)

    def _signature(self, head: str, lookup: bytes) -> str:
        mark = self._pseudonymiser.lookup("work", f"{head}|{lookup.hex()}")
        return base64.urlsafe_b64encode(mark[:16]).decode().rstrip("=")
