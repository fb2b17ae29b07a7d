"""What slows abuse of the web chat without knowing who anybody is.

No address is read or kept: rates are counted for the page's keyed hash and for the house as a
whole, in the memory of this process. Over a rate nobody is refused: the answer comes later, or
the page's script does a sum first (`work`). A message in which the lexical rules see danger is
never slowed; whoever writes such words to get through rings for a human instead.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from amaan.clock import Clock
from amaan.crypto import Pseudonymiser
from amaan.ports import JSON
from amaan.text import screen
from telephony.web.work import Work

Kind = Literal["send", "new", "back"]


@dataclass(frozen=True)
class Rate:
    """So many at once, and so many a second for ever."""

    burst: float
    per_second: float


# All four are judgements, to be looked at again with a month's real figures.
SEND = Rate(10, 0.5)
"""Of one page: a thought comes in two or three messages; nobody types thirty a minute for long."""
BACK = Rate(5, 1 / 30)
"""Of one page: a phrase remembered wrongly is found in a few tries."""
HOUSE_NEW = Rate(60, 5.0)
"""Of the house: 18,000 new chats an hour is more than any staff could answer, and a quarter of
the 20 messages a second that two cores answer in time (design.md, section 8)."""
HOUSE_BACK = Rate(20, 1.0)
"""Of the house: 3,600 returns an hour without work; `memory` says what guessing would gain."""
MAX_WAIT_SECONDS = 5.0
"""The longest an answer is held back: a browser on a slow line still waits for it."""
MAX_WAITING = 500
"""Answers held back at once, some 20 kB each."""
MAX_WAITING_OF_PAGE = 3
"""Of them for one page, whose script sends one message at a time."""
MAX_COUNTED = 20_000
"""Pages counted at once, some 300 bytes each; the one not seen for longest goes first and
begins again with a full measure."""
_HOUSE = b"house"


@dataclass(frozen=True)
class Passage:
    """How a press gets on."""

    is_slowed: bool = False
    """It was held back: the page says so."""
    work: JSON | None = None
    """The sum that the page's script must do first; nothing was taken yet."""
    is_held: bool = False
    """Too many are held back already: nothing was taken, and the page keeps what she wrote."""


FREE = Passage()


class Buckets:
    """Token buckets by key, of a bounded number."""

    def __init__(self, clock: Clock, size: int = MAX_COUNTED) -> None:
        self._clock = clock
        self._size = size
        self._buckets: OrderedDict[tuple[str, bytes], tuple[float, datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, kind: str, key: bytes, rate: Rate) -> float:
        """Takes one. Returns in how many seconds it would have been there; 0 when it was."""
        now = self._clock.now()
        tokens, at = self._buckets.pop((kind, key), (rate.burst, now))
        # A clock that was set back gives nothing; one set forward at most a full measure.
        passed = max(0.0, (now - at).total_seconds())
        tokens = min(rate.burst, tokens + passed * rate.per_second) - 1
        # Debts are small: whoever stops is soon free again.
        debt = rate.per_second * MAX_WAIT_SECONDS + 1
        self._buckets[(kind, key)] = (max(tokens, -debt), now)
        if len(self._buckets) > self._size:
            self._buckets.popitem(last=False)
        return max(0.0, -tokens / rate.per_second)


class Limits:
    """Decides how each press gets on."""

    def __init__(
        self,
        pseudonymiser: Pseudonymiser,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pages = Buckets(clock)
        self._house = Buckets(clock)
        self._work = Work(pseudonymiser, clock)
        self._sleep = sleep
        self._waiting: Counter[bytes] = Counter()

    async def let_through(
        self, kind: Kind, lookup: bytes, *, text: str = "", by_script: bool, proof: str = ""
    ) -> Passage:
        """Lets one press through, after a wait if need be."""
        own, house = self._take(kind, lookup)
        if not (own or house) or (text and screen(text).level != "none"):
            return FREE
        if house and by_script:
            if not self._work.is_done(proof, lookup):
                return Passage(work=self._work.ask(lookup))
            house = 0.0
            if not own:
                return FREE
        if self._waiting[lookup] >= MAX_WAITING_OF_PAGE:
            return Passage(is_held=True)
        if self.waiting >= MAX_WAITING:
            # A chat that has begun goes on; only what may be a flood waits for a free place.
            return FREE if kind == "send" else Passage(is_held=True)
        await self._wait(lookup, min(max(own, house), MAX_WAIT_SECONDS))
        return Passage(is_slowed=True)

    @property
    def waiting(self) -> int:
        """Answers held back just now."""
        return self._waiting.total()

    async def _wait(self, lookup: bytes, seconds: float) -> None:
        self._waiting[lookup] += 1
        try:
            await self._sleep(seconds)
        finally:
            self._waiting[lookup] -= 1
            if not self._waiting[lookup]:
                del self._waiting[lookup]

    def _take(self, kind: Kind, lookup: bytes) -> tuple[float, float]:
        """Seconds that this page and the house are over their rates."""
        if kind == "new":
            # The page's first message counts for the page as well.
            return self._pages.take("send", lookup, SEND), self._house.take(kind, _HOUSE, HOUSE_NEW)
        if kind == "back":
            return self._pages.take(kind, lookup, BACK), self._house.take(kind, _HOUSE, HOUSE_BACK)
        return self._pages.take(kind, lookup, SEND), 0.0
