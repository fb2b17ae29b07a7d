"""Somebody who files a complaint through the running house, and what she is asked on the way."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from amaan.conversation import Acceptor
from amaan.conversation.store import Content, read_content
from amaan.core import Core
from amaan.ports import Door
from amaan.storage.models import Complaint, Message, Staff
from intake.complaints import Complaints
from tests.story.transcripts import OPENINGS, Writer, yes

_MOST_TURNS = 60
# What she answers, by key: "=" marks the value of a menu option.
ANSWERS = {
    "complaint.start": "=begin",
    "complaint.ask.for_whom": "=self",
    "complaint.ask.age": "23",
    "complaint.ask.story_known": "=use",
    "complaint.ask.what": "=account",
    "complaint.ask.platform": "WhatsApp",
    "complaint.ask.when": "2026-11-02",
    "complaint.ask.links": "0300 0009876",
    "complaint.ask.suspect": "=unknown",
    "complaint.ask.name": "Invented Person",
    "complaint.ask.cnic": "00000-0000012-3",
    "complaint.ask.gender": "=woman",
    "complaint.ask.phone": "03000000001",
    "complaint.ask.city": "Sukkur",
    "complaint.ask.contact": "=message",
    "complaint.ask.evidence": "=skip",
    "complaint.preview": "=right",
    "complaint.consent": "=send",
    "complaint.declare": "=declare",
    "complaint.resume": "=go_on",
    "complaint.required": "=fill",
    "complaint.story_more": "=done",
}
# A machine that is slow for a moment is no fault of the form: she writes it once more.
# The second comes by itself and may be the last before she looks.
_DONE = frozenset({"complaint.ready", "complaint.sent"})
_TROUBLE = frozenset({"service.trouble", "screen.failed"})
_QUESTION = "complaint.ask."
_DANGER = "risk."


def stories() -> dict[str, list[list[str]]]:
    """Three told stories for each variant, by a hand that saw nothing of the house."""
    found: dict[str, list[list[str]]] = {}
    text = (Path(__file__).parent / "told.toml").read_text(encoding="utf-8")
    for story in tomllib.loads(text)["story"]:
        found.setdefault(story["variant"], []).append(story["messages"])
    return found


def _is_asked_first(content: Content) -> bool:
    """Whether she is asked something that she answers before she goes on with her story."""
    asks_danger = any(option.value == "safe" for option in content.menu)
    return asks_danger or (content.key or "").startswith(("greet", "complaint."))


@dataclass
class Complainant:
    """One person at one door."""

    core: Core
    writer: Writer
    tag: str
    asked: list[str] = field(default_factory=list)
    conversation_id: UUID | None = None

    async def file(self, story: Sequence[str]) -> bool:
        """Tells what happened, asks to complain, answers until it is ready; whether it became."""
        text, *untold = story
        await self.writer.write(text)
        for _ in range(_MOST_TURNS):
            content = await self._last()
            key = content.key or ""
            if key in _DONE:
                return True
            if key.startswith(_QUESTION):
                self.asked.append(key)
            if key == "complaint.ask.story":
                text = "\n".join(story)
            elif untold and not _is_asked_first(content):
                text = untold.pop(0)
            elif key not in _TROUBLE:
                text = self._answer(content)
            await self.writer.write(text)
        return False

    def _answer(self, content: Content) -> str:
        values = [option.value for option in content.menu]
        intents = [option.intent for option in content.menu]
        for intent in ("file_complaint", "ask_how_to_report"):
            if intent in intents and content.key not in ANSWERS:
                return str(intents.index(intent) + 1)
        if content.key.startswith(_DANGER) and "safe" in values:
            return str(values.index("safe") + 1)
        if content.key == "greet":
            return yes(self.tag)
        if content.key not in ANSWERS and not (content.key or "").startswith("complaint."):
            # Her story was taken for danger, or for something else; she goes on in words.
            return str(OPENINGS[self.tag]["report"])
        wanted = ANSWERS.get(content.key, "1")
        if not wanted.startswith("="):
            return wanted
        # A long SMS is asked for piece by piece; the menu stands under the last.
        return str(values.index(wanted[1:]) + 1) if wanted[1:] in values else "1"

    async def _last(self) -> Content:
        async with self.core.database.transaction() as tx:
            if self.conversation_id is None:
                self.conversation_id = await tx.session.scalar(
                    select(Message.conversation_id).where(Message.id == self.writer.last_id)
                )
            assert self.conversation_id is not None
            key = await self.core.vault.open_key(tx, self.conversation_id)
            row = await tx.session.scalar(
                select(Message)
                .where(Message.conversation_id == self.conversation_id, Message.author != "person")
                .order_by(Message.seq.desc())
                .limit(1)
            )
            assert row is not None
            return read_content(key, row)

    async def lines(self) -> list[tuple[str, str | None, str]]:
        """(who, key, text) of everything said so far."""
        assert self.conversation_id is not None
        return await self.writer.read(self.conversation_id)

    async def complaint(self) -> Complaint:
        """Her complaint as it stands."""
        async with self.core.database.transaction() as tx:
            row = await tx.session.scalar(
                select(Complaint).where(Complaint.conversation_id == self.conversation_id)
            )
            assert row is not None
            return row


async def look_over(core: Core, complaint_id: UUID) -> None:
    """A supervisor confirms the urgency of a complaint that waits for a look, and it leaves."""
    async with core.database.transaction() as tx:
        row = await tx.session.get_one(Complaint, complaint_id)
        staff_id = await tx.session.scalar(select(Staff.id).limit(1))
        assert row.tier is not None
        assert staff_id is not None
        if row.state == "review":
            await Complaints(core).confirm(tx, row, staff_id, row.tier, row.tier_codes)


def complainant(core: Core, acceptor: Acceptor, door: Door, tag: str, number: int) -> Complainant:
    """Somebody new."""
    return Complainant(core, Writer(core, acceptor, door, tag, number), tag)
