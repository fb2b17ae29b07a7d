"""Complete fakes of what the core asks of others, for tests of the core alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from amaan.conversation import Acceptor, Eraser, Processor
from amaan.core import Core
from amaan.errors import OutsideServiceError
from amaan.ports import (
    Alarm,
    Courier,
    Dialogue,
    EscalationDesk,
    Parse,
    Parting,
    Reply,
    Risk,
    Screener,
    Turn,
)
from amaan.storage import Transaction
from amaan.storage.models import Conversation
from intake.complaints import Complaints


def parse(
    intent: str = "greet",
    *,
    level: str = "none",
    kind: str | None = None,
    confidence: float = 0.95,
    language: str = "ur",
    script: str = "Arab",
) -> Parse:
    """A parse as the model gives it."""
    risk = Risk(level, kind, 0.9 if level != "none" else 0.0)  # type: ignore[arg-type]
    return Parse(language, script, intent, confidence, risk, language_confidence=0.99)


class FakeScreener:
    """Answers with what `understand` says of a text; dead when `dead` is set."""

    def __init__(self, understand: Callable[[str], Parse] | None = None) -> None:
        self.understand = understand or (lambda _text: parse())
        self.dead = False
        self.seen: list[str] = []
        self.before: list[tuple[str, ...]] = []

    async def parse(self, text: str, before: tuple[str, ...] = ()) -> Parse:
        """See `Screener.parse`."""
        self.seen.append(text)
        self.before.append(before)
        if self.dead:
            raise OutsideServiceError("dead")
        return self.understand(text)


class FakeDialogue:
    """Answers every turn with one line that names its message; may be slow, dead or empty."""

    def __init__(self) -> None:
        self.dead = False
        self.empty = False
        self.gate: asyncio.Event | None = None
        self.turns: list[Turn] = []
        self.forgotten: list[UUID] = []

    async def answer(self, turn: Turn) -> list[Reply]:
        """See `Dialogue.answer`."""
        self.turns.append(turn)
        if self.gate is not None:
            await self.gate.wait()
        if self.dead:
            raise OutsideServiceError("dead")
        return [] if self.empty else [Reply("greet", f"answer to {turn.message_id}")]

    async def forget(self, conversation_id: UUID) -> None:
        """See `Dialogue.forget`."""
        self.forgotten.append(conversation_id)


class FakeDesk:
    """Remembers alarms; one open case a conversation."""

    def __init__(self) -> None:
        self.alarms: list[tuple[UUID, Alarm]] = []

    async def raise_alarm(self, tx: Transaction, conversation: Conversation, alarm: Alarm) -> bool:
        """See `EscalationDesk.raise_alarm`."""
        was_open = await self.has_open_case(tx, conversation.id)
        self.alarms.append((conversation.id, alarm))
        return was_open

    async def has_open_case(self, tx: Transaction, conversation_id: UUID) -> bool:
        """See `EscalationDesk.has_open_case`."""
        return any(known == conversation_id for known, _ in self.alarms)

    async def human_was_here(self, tx: Transaction, conversation_id: UUID) -> bool:
        """See `EscalationDesk.human_was_here`."""
        return False

    async def be_quiet(self, tx: Transaction, conversation_id: UUID) -> bool:
        """See `EscalationDesk.be_quiet`."""
        return False

    async def erased(self, tx: Transaction, conversation_id: UUID) -> None:
        """See `EscalationDesk.erased`."""


class FakeCourier:
    """Remembers what was to be delivered."""

    def __init__(self) -> None:
        self.scheduled: list[UUID] = []
        self.parted: list[Parting] = []

    async def schedule(self, tx: Transaction, conversation: Conversation, message_id: UUID) -> None:
        """See `Courier.schedule`."""
        self.scheduled.append(message_id)

    async def part(self, parting: Parting) -> None:
        """See `Courier.part`."""
        self.parted.append(parting)


class Bench:
    """The conversation service with real storage; fakes wherever none is given."""

    def __init__(
        self,
        core: Core,
        *,
        screener: Screener | None = None,
        dialogue: Dialogue | None = None,
        desk: EscalationDesk | None = None,
        courier: Courier | None = None,
    ) -> None:
        self.core = core
        self.screener = screener or FakeScreener()
        self.dialogue = dialogue or FakeDialogue()
        self.desk = desk or FakeDesk()
        self.courier = courier or FakeCourier()
        self.acceptor = Acceptor(core.database, core.vault, core.pseudonymiser, core.clock)
        self.eraser = Eraser(
            core.database,
            core.vault,
            desk=self.desk,
            courier=self.courier,
            dialogue=self.dialogue,
            words=core.words,
            belongings=Complaints(core),
        )
        self.processor = Processor(
            core.database,
            core.vault,
            core.clock,
            screener=self.screener,
            dialogue=self.dialogue,
            desk=self.desk,
            courier=self.courier,
            words=core.words,
            eraser=self.eraser,
            guard_after=core.settings.guard_after,
        )
