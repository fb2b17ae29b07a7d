"""Whole conversations through the running house, written down for people to read.

Lines are put in where a door puts them, and the answers are read where a door reads them;
screening, dialogue, actions and workers are the running ones.
"""

from __future__ import annotations

import asyncio
import time
import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import select

from amaan.conversation import Acceptor
from amaan.conversation.continuation import numbered
from amaan.conversation.store import Content, read_content
from amaan.core import LOCALES, Core, build_core
from amaan.ports import Door, Inbound
from amaan.settings import Settings
from amaan.storage.models import Message
from amaan.text.segments import segments
from amaan.words import VARIANTS, Catalogues
from tests.story.stage import Stage

OPENINGS = tomllib.loads((Path(__file__).parent / "openings.toml").read_text(encoding="utf-8"))
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "transcripts"
TOPICS = tuple(OPENINGS["en-Latn"])
EXPECTED: Mapping[str, str] = {
    "law": "ask.law law.",
    "evidence": "ask.evidence keep.",
    "removal": "ask.content_removal removal.",
    "device": "ask.device_safety report.hacking",
    "plan": "plan.start",
    "referral": "ask.referral refer. place.",
    "anonymity": "ask.anonymity",
    "report": "ask.how_to_report who.",
    "family": "who.family",
    "told": "who.told",
    "unmoved": "removal.refused",
    "person": "human.asked",
    "goodbye": "goodbye thanks",
}
"""Beginnings of the keys that answer an opening; the others are answered by `report.…`."""
AT_ONCE = 6
_DANGER = "risk."
_PATIENCE = 60.0
_WORDS = Catalogues.load(LOCALES)


@dataclass(frozen=True)
class Spoken:
    """One conversation: (who, key or None, text with menu) in order."""

    tag: str
    topic: str
    lines: tuple[tuple[str, str | None, str], ...]

    def first_useful(self) -> tuple[int, int, bool] | None:
        """What came before she was answered; None when she never was.

        (messages of hers, segments of ours, whether the answer was one to danger)
        """
        hers = cost = 0
        for who, key, text in self.lines:
            if who == "person":
                hers += 1
                continue
            cost += segments(text)
            if key is not None and is_useful(self.topic, key):
                return hers, cost, key.startswith(_DANGER)
        return None


def is_useful(topic: str, key: str) -> bool:
    """Whether a key answers what the opening brought; danger is always answered first."""
    wanted = EXPECTED.get(topic, f"report.{topic}").split()
    return key.startswith((_DANGER, *wanted))


@asynccontextmanager
async def beside(stage: Stage) -> AsyncIterator[tuple[Core, Acceptor]]:
    """A core of our own on the running installation's database and keys."""
    secrets = {
        name: (stage.home / "secrets" / name).read_text().strip()
        for name in Settings.model_fields
        if (stage.home / "secrets" / name).exists()
    }
    url = stage.database_url.replace("postgresql://postgres:@", "postgresql://postgres@")
    core = build_core(Settings(home=stage.home, database_url=url, **secrets))  # type: ignore[arg-type]
    await core.open()
    try:
        yield core, Acceptor(core.database, core.vault, core.pseudonymiser, core.clock)
    finally:
        await core.close()


class Writer:
    """Somebody who writes through one door and reads what comes."""

    def __init__(self, core: Core, acceptor: Acceptor, door: Door, tag: str, number: int) -> None:
        self._core, self._acceptor, self._door, self._tag = core, acceptor, door, tag
        self.is_erased = False
        self.last_id: UUID | None = None
        self._address = f"+92300{number:07d}" if door != "web" else str(uuid4())
        self.lines: list[tuple[str, str | None, str]] = []

    async def write(self, text: str) -> None:
        """Writes, and waits until it was dealt with; after an erase only her own line is left."""
        if self.is_erased:
            return
        inbound = Inbound(
            self._door, self._address, text, str(uuid4()), sendable=self._door != "web"
        )
        accepted = await self._acceptor.accept(inbound)
        assert accepted.conversation_id is not None
        assert accepted.message_id is not None
        self.last_id = accepted.message_id
        if await self._until_done(accepted.message_id):
            self.lines = await self.read(accepted.conversation_id)
        else:
            self.is_erased = True
            said = _WORDS.text("web.erased", self._tag, "web")
            self.lines += [("person", None, text), ("bot", "web.erased", said)]

    async def _until_done(self, message_id: UUID) -> bool:
        """Whether it is still there when it was dealt with."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            async with self._core.database.transaction() as tx:
                message = await tx.session.get(Message, message_id)
            if message is None or message.processed_at is not None:
                return message is not None
            await asyncio.sleep(0.05)
        raise AssertionError(f"not answered: {self._door} {self._tag}")

    async def read(self, conversation_id: UUID) -> list[tuple[str, str | None, str]]:
        """(who, key, text with menu) of everything said in a conversation."""
        async with self._core.database.transaction() as tx:
            key = await self._core.vault.open_key(tx, conversation_id)
            rows = await tx.session.scalars(
                select(Message)
                .where(Message.conversation_id == conversation_id)
                .order_by(Message.seq)
            )
            return [(row.author, *_shown(read_content(key, row))) for row in rows]


def _shown(content: Content) -> tuple[str | None, str]:
    return content.key or None, numbered(content.text, content.menu)


async def converse(stage: Stage, door: Door, follow: Mapping[str, Sequence[str]]) -> list[Spoken]:
    """Every opening in every variant, followed by the lines of `follow` for its variant."""
    gate = asyncio.Semaphore(AT_ONCE)

    async with beside(stage) as (core, acceptor):

        async def one(number: int, tag: str, topic: str) -> Spoken:
            async with gate:
                writer = Writer(core, acceptor, door, tag, number)
                for text in (OPENINGS[tag][topic], *follow[tag]):
                    await writer.write(text)
                return Spoken(tag, topic, tuple(writer.lines))

        pairs = [(tag, topic) for tag in VARIANTS for topic in TOPICS]
        return list(
            await asyncio.gather(*(one(at, *pair) for at, pair in enumerate(pairs, start=1)))
        )


def yes(tag: str) -> str:
    """The word for yes, as the catalogue writes it."""
    return _WORDS.text("option.yes", tag, "sms")


def page(tag: str, spoken: Sequence[Spoken]) -> str:
    """One variant's conversations through the web chat, as Markdown."""
    direction = VARIANTS[tag].direction
    parts = [
        f"# Conversations in {tag}\n",
        "Written by `tests/story/test_transcripts.py` from the running assistant. The first line",
        "of each comes from a writer who had seen no training line; numbers choose from the menu.",
        "What is misunderstood is left as it is. No native speaker has reviewed anything here.\n",
    ]
    for one in spoken:
        parts.append(f"## {one.topic}\n")
        if one.first_useful() is None:
            parts.append("*Not answered as meant.*\n")
        for who, key, text in one.lines:
            name = "She" if who == "person" else f"Amaan (`{key}`)"
            shown = text.replace("\n", "<br>")
            parts.append(f'**{name}**\n\n<div dir="{direction}">{shown}</div>\n')
    return "\n".join(parts)


def table(web: Sequence[Spoken], sms: Sequence[Spoken]) -> str:
    """Topics and variants: turns and segments to the first useful step, as Markdown."""
    rows = [
        "| topic | " + " | ".join(VARIANTS) + " |",
        "| --- |" + " --- |" * len(VARIANTS),
    ]
    for topic in TOPICS:
        cells = [
            f"{_cell(_one(web, tag, topic), False)} · {_cell(_one(sms, tag, topic), True)}"
            for tag in VARIANTS
        ]
        rows.append(f"| {topic} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _one(spoken: Sequence[Spoken], tag: str, topic: str) -> Spoken:
    return next(one for one in spoken if (one.tag, one.topic) == (tag, topic))


def _cell(one: Spoken, with_segments: bool) -> str:
    found = one.first_useful()
    if found is None:
        return "✗"
    hers, cost, is_danger = found
    mark = "!" if is_danger else ""
    return f"{hers}{mark} ({cost})" if with_segments else f"{hers}{mark}"
