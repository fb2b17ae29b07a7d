"""A complete sender in memory, behind the same contract as the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from amaan.clock import Clock
from telephony.sender import PLAIN, Manner, TextDoor, none_known


class KilledError(BaseException):
    """Ends a worker between two steps, past every handler, as kill -9 does."""


def raiser(error: BaseException) -> Callable[[], None]:
    """A call that raises `error`, once."""
    errors: Iterator[BaseException] = iter([error])

    def raise_it() -> None:
        for found in errors:
            raise found

    return raise_it


@dataclass
class MemorySender:
    """Remembers what was sent. `before` and `after` may raise around the moment of sending."""

    clock: Clock
    sent: list[tuple[str, str, str, str, datetime]] = field(default_factory=list)
    manners: list[Manner] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    @property
    def texts(self) -> list[str]:
        """What was sent, in order."""
        return [text for _, _, _, text, _ in self.sent]

    async def send(
        self,
        door: TextDoor,
        address: str,
        text: str,
        *,
        reference: UUID | None = None,
        manner: Manner = PLAIN,
    ) -> str:
        """See `Sender.send`."""
        self.before()
        self.manners.append(manner)
        provider_id = uuid4().hex
        self.sent.append((provider_id, door, address, text, self.clock.now()))
        self.after()
        return provider_id

    async def find_sent(
        self,
        door: TextDoor,
        address: str,
        text: str,
        since: datetime,
        *,
        reference: UUID | None = None,
        excluding: Callable[[str], bool] = none_known,
    ) -> str | None:
        """See `Sender.find_sent`."""
        for provider_id, *what, at in reversed(self.sent):
            if what == [door, address, text] and at >= since and not excluding(provider_id):
                return provider_id
        return None
