"""Reads a conversation as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from amaan.conversation.store import Content, read_content
from amaan.core import Core
from amaan.errors import ErasedError
from amaan.ports import JSON, OnPaper, Papers
from amaan.storage import Transaction
from amaan.storage.models import Conversation, Message
from amaan.text import script_of
from amaan.words import Variant, variant_for
from telephony.web.lock import Closed, Lock
from telephony.web.spoken import Part, Spoken

# What a slow phone is sent at most at once; the beginning of a longer chat is left out.
_MOST_LINES = 200
# A person's and a supervisor's words go under their own names, everything else is ours.
WHILE_CLOSED = "closed"
"""Note beside a message that was written while her word was awaited."""
# Keys of the words for somebody in danger.
_DANGER = "risk."
_WHO = {"person": "you", "supervisor": "person"}


@dataclass(frozen=True)
class Line:
    """One message on the page."""

    seq: int
    who: str
    """``you``, ``person`` (a trained one) or ``helper``."""
    lang: str
    """BCP 47 tag of its words, as near as we know."""
    direction: str
    """``auto`` for what people typed in letters, else that of the language."""
    parts: tuple[Part, ...]
    menu: tuple[str, ...]
    """Labels of the numbered lines below it, from 1."""

    def to_json(self) -> JSON:
        """As the page's script reads it."""
        return {
            "seq": self.seq,
            "who": self.who,
            "lang": self.lang,
            "dir": self.direction,
            "parts": [part.to_json() for part in self.parts],
            "menu": list(self.menu),
        }


@dataclass(frozen=True)
class Transcript:
    """A conversation, or the end of it."""

    conversation_id: UUID
    lines: tuple[Line, ...]
    is_waiting: bool
    """Whether an answer is being made. Not while a person holds the chat: they take their time."""
    chosen: Variant | None
    """The language she chose in the chat itself, if she did."""
    closed: Closed = ""
    """``ask`` while her word is awaited, ``cover`` while the chat looks harmless."""
    has_word: bool = False
    """Whether she is asked for a word after a pause."""
    on_paper: OnPaper = field(default_factory=OnPaper)
    """What is offered for her complaint; nothing while the chat is closed."""
    hidden: tuple[int, ...] = ()
    """Places of all lines that were taken back; a page that shows one still puts dots there."""

    @property
    def last_menu(self) -> int | None:
        """Place of the line whose menu a number means now."""
        return next((line.seq for line in reversed(self.lines) if line.menu), None)

    def to_json(self) -> JSON:
        """As the page's script reads it."""
        return {
            "messages": [line.to_json() for line in self.lines],
            "waiting": self.is_waiting,
            "ended": False,
            "closed": self.closed,
            "word": self.has_word,
            "sheet": self.on_paper.sheet,
            "proof": self.on_paper.proof,
            "hidden": list(self.hidden),
        }


def _still_said(contents: list[tuple[Message, Content]]) -> list[tuple[Message, Content]]:
    """What is shown while her word is awaited: the answer to danger written meanwhile.

    A life weighs more than a hidden screen. These are reviewed words and public numbers;
    neither what she wrote nor anything older is among them.
    """
    written = [i for i, (message, _) in enumerate(contents) if message.author == "person"]
    if not written or WHILE_CLOSED not in contents[written[-1]][1].notes:
        return []
    after = contents[written[-1] + 1 :]
    return [found for found in after if (found[1].key or "").startswith(_DANGER)]


async def _pending(tx: Transaction, conversation_id: UUID) -> bool:
    found = await tx.session.scalar(
        select(Message.id)
        .where(
            Message.conversation_id == conversation_id,
            Message.author == "person",
            Message.processed_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


async def _hidden(tx: Transaction, conversation_id: UUID) -> tuple[int, ...]:
    found = await tx.session.scalars(
        select(Message.seq)
        .where(Message.conversation_id == conversation_id, Message.hidden)
        .order_by(Message.seq)
    )
    return tuple(found)


class Transcripts:
    """Opens stored conversations for their own page."""

    def __init__(self, core: Core, lock: Lock, papers: Papers) -> None:
        self._core = core
        self._lock = lock
        self._papers = papers
        self._spoken = Spoken(core.catalogues)

    async def read(self, conversation_id: UUID, after: int = 0) -> Transcript | None:
        """The messages after place `after`; None when the conversation was erased.

        Of a chat that is closed to its page nothing is read but what helps in danger.
        """
        try:
            async with self._core.database.transaction() as tx:
                conversation = await tx.session.get(Conversation, conversation_id)
                if conversation is None:
                    return None
                key = await self._core.vault.open_key(tx, conversation_id)
                rows = await tx.session.scalars(
                    select(Message)
                    .where(Message.conversation_id == conversation_id, Message.seq > after)
                    .order_by(Message.seq.desc())
                    .limit(_MOST_LINES)
                )
                messages = list(rows)[::-1]
                pending = await _pending(tx, conversation_id)
                closed = self._lock.state(key, conversation)
                hidden = () if closed else await _hidden(tx, conversation_id)
                on_paper = OnPaper() if closed else await self._papers.of(tx, conversation_id)
        except ErasedError:
            return None
        contents = [(message, read_content(key, message)) for message in messages]
        if closed:
            contents = _still_said(contents) if closed == "ask" else []
        lines = tuple(self._line(message, content, conversation) for message, content in contents)
        is_waiting = pending and conversation.holder_id is None
        chosen = None
        if conversation.language_chosen:
            chosen = variant_for(conversation.language, conversation.script)
        has_word = self._lock.has_word(key, conversation)
        return Transcript(
            conversation_id, lines, is_waiting, chosen, closed, has_word, on_paper, hidden
        )

    def _line(self, message: Message, content: Content, conversation: Conversation) -> Line:
        # The conversation's language may have changed since; its script shows in the letters.
        script = script_of(content.text)
        variant = variant_for(conversation.language, script or conversation.script)
        is_ours = message.author not in _WHO
        return Line(
            seq=message.seq,
            who=_WHO.get(message.author, "helper"),
            lang=variant.html_lang,
            direction=variant.direction if is_ours or script is None else "auto",
            parts=self._spoken.parts(content.text, content.key if is_ours else None, variant),
            menu=tuple(option.label for option in content.menu),
        )
