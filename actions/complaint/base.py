"""What the complaint's actions share: her draft, opened, and how things are said."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import AmaanAction, choice_of, metadata_of
from amaan.conversation.hiding import hide_answers
from amaan.conversation.store import read_assessment, read_content
from amaan.core import Core
from amaan.facts import load_forms, load_offences
from amaan.facts.load import HOURS_ZONE
from amaan.ports import EscalationDesk, Parse
from amaan.storage import Transaction
from amaan.storage.models import Assessment, Conversation, Message
from amaan.storage.models import Complaint as Row
from amaan.text import fold, form_word
from amaan.words import VARIANTS
from intake.complaints import Complaints
from intake.contents import read_filed
from intake.interview import Answer, Context, Say
from intake.interview.menus import MENU_OF
from intake.schema import Draft
from intake.told import told_before
from intake.triage import propose

_TYPED = "complaint_typed"
LOOKED_AT = "complaint_id"
"""Slot with the id of the complaint that was opened by its code; nothing else of it."""
# "Yes please". A longer one has a "but", or tells something.
_WORDS_OF_A_YES = 2
_UNDER = "complaint."
# Our own words in which hers stand.
_TELLING = frozenset({
    "complaint.preview", "complaint.change", "complaint.line", "complaint.copy",
    "complaint.ask.story_known",
})  # fmt: skip
_SAID_AS = {"affirm": "yes", "deny": "no"}
_ROLES_AS = {"other": {"for_whom": "adult", "relation": "other"}}


class ComplaintAction(AmaanAction):
    """An action on the complaint of a conversation."""

    def __init__(self, core: Core, desk: EscalationDesk) -> None:
        super().__init__(core, desk)
        self.complaints = Complaints(core)

    async def context(
        self, tx: Transaction, conversation: Conversation, row: Row, draft: Draft, topic: str | None
    ) -> Context:
        """What the interview must know to ask and to show."""

        def words(key: str) -> str:
            return self.core.words.reply(key, conversation).text

        told = await told_before(tx, self.core, conversation, until=row.created_at)
        proposal = propose(draft, topic=topic, danger=None, dangers=())
        return Context(
            words=words,
            told=told.story,
            keep_until=day(row.keep_until),
            tier=words(f"complaint.tier.{proposal.tier}"),
            sections=sections(draft) or "-",
        )

    async def answer(self, tx: Transaction, tracker: Tracker, asked: str | None) -> Answer:
        """Her message as an answer: the option she chose, or what her words mean as one."""
        text = str(tracker.latest_message.get("text") or "")
        parse, own = await self._parse(tx, tracker)
        choice = choice_of(tracker)
        role = form_word(text)
        if choice is None and role is not None:
            choice = _ROLES_AS.get(role, {}).get(asked or "", role)
        if choice is None and MENU_OF.get(f"complaint.ask.{asked}") == _TYPED:
            # A number or a city of one word is not for the classifier.
            choice = self._yes_or_no(text)
        elif choice is None and parse is not None:
            choice = _SAID_AS.get(parse.intent) if len(text.split()) <= _WORDS_OF_A_YES else None
        if asked == "change" and text.strip(" .)").isdigit():
            # The number of a line; an option of the menu before it had the same digit.
            choice = None
        today = self.core.clock.now().astimezone(HOURS_ZONE).date()
        # As she wrote it: Rasa's text has no lines, and at most 2,000 characters.
        return Answer(own or text, today, choice, parse.entities if parse else ())

    def _yes_or_no(self, text: str) -> str | None:
        """Which of both words a whole message is, as any catalogue writes them."""
        said = fold(text)
        for word in ("yes", "no"):
            if any(
                said == fold(self.core.catalogues.text(f"option.{word}", tag, "web"))
                for tag in VARIANTS
            ):
                return word
        return None

    async def hide(self, tx: Transaction, conversation: Conversation, row: Row) -> None:
        """Takes what she answered out of the chat, when the draft it was for is gone.

        Not for one that she wrote in another conversation: its answers stand there.
        """
        if row.conversation_id == conversation.id:
            await hide_answers(
                tx, self.core.vault, conversation, row.created_at, under=_UNDER, telling=_TELLING
            )

    async def looked_at(self, tx: Transaction, tracker: Tracker) -> Row | None:
        """The complaint that she last opened by its code in this talk, unless it is a draft."""
        known = tracker.get_slot(LOOKED_AT)
        row = await tx.session.get(Row, UUID(known)) if known else None
        return row if row is not None and row.state != "draft" else None

    async def number(self, tx: Transaction, row: Row) -> str:
        """The agency's number of a complaint; a dash while nobody knows one."""
        filed = await read_filed(self.core, tx, row)
        return filed.number if filed else "-"

    async def _parse(self, tx: Transaction, tracker: Tracker) -> tuple[Parse | None, str]:
        """What screening found in her message, and her own words."""
        message_id = message_of(tracker)
        row = await tx.session.get(Assessment, message_id) if message_id else None
        message = await tx.session.get(Message, message_id) if message_id else None
        if row is None or message is None:
            return None, ""
        key = await self.core.vault.open_key(tx, row.conversation_id)
        return read_assessment(key, row), read_content(key, message).text


def message_of(tracker: Tracker) -> UUID | None:
    """The message that is being answered; None when Rasa was told of none."""
    try:
        return UUID(str(metadata_of(tracker).get("message_id")))
    except ValueError:
        return None


def say(dispatcher: CollectingDispatcher, *says: Say) -> None:
    """Says each with its menu and values."""
    for one in says:
        more: dict[str, Any] = {**one.values}
        if one.menu is not None:
            more["offer"] = one.menu
        dispatcher.utter_message(response="utter_complaint", say=one.key, **more)


def day(at: datetime) -> str:
    """A day as it is read in every of our languages: 24-11-2026."""
    found: date = at.astimezone(HOURS_ZONE).date()
    return found.strftime("%d-%m-%Y")


def sections(draft: Draft) -> str:
    """Numbers of the provisions that may apply to what the draft tells, for review."""
    form = load_forms().get(draft.form_code or "")
    laws = load_offences()
    found = [laws[one].law for one in (form.offences if form else ()) if one in laws]
    return ", ".join(dict.fromkeys(found))
