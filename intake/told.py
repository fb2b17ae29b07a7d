"""What she told before she wanted to complain: taken as an offer, and shown before it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from amaan.conversation.store import read_assessment, read_content
from amaan.core import Core
from amaan.facts import load_forms
from amaan.facts.load import HOURS_ZONE
from amaan.storage import Transaction
from amaan.storage.models import Assessment, Conversation, Message
from intake.never import holds_secret
from intake.reading import read_city, read_links, read_platform, read_when
from intake.schema import Draft, FormCode, ForWhom

# Fewer words are an answer to a menu or a word of a question, and no part of a story.
_FEWEST_WORDS = 4
_MOST_MESSAGES = 40
_REPORT = "report_"
BYSTANDER = "bystander"
# Of several forms under one topic the one that says least about what was done (domain-facts 1A):
# she can change it, and whoever reviews it sees her words.
_FORM_OF_TOPIC = {
    "image_abuse": FormCode.IMAGE_ABUSE,
    "blackmail": FormCode.IMAGE_THREAT,
    "harassment": FormCode.HARASSMENT,
    "child_abuse": FormCode.CHILD_GROOMING,
    "honour": FormCode.HONOUR_THREAT,
}


@dataclass(frozen=True)
class Told:
    """Her words so far: `story` is empty when none of them told of what was done."""

    story: str = ""
    entities: tuple[tuple[str, str], ...] = ()
    intents: tuple[str, ...] = field(default=())


async def told_before(
    tx: Transaction, core: Core, conversation: Conversation, *, until: datetime
) -> Told:
    """Reads her last messages before `until` that told of what was done, oldest first.

    What she wrote of her own danger or of a wish to die is no part of a complaint: it is not
    offered for sending, whatever else stands beside it.
    """
    key = await core.vault.open_key(tx, conversation.id)
    rows = await tx.session.execute(
        select(Message, Assessment)
        .join(Assessment, Assessment.message_id == Message.id)
        .where(
            Message.conversation_id == conversation.id,
            Message.author == "person",
            Message.created_at <= until,
        )
        .order_by(Message.seq.desc())
        .limit(_MOST_MESSAGES)
    )
    texts: list[str] = []
    entities: list[tuple[str, str]] = []
    intents: list[str] = []
    for message, assessment in reversed(rows.all()):
        parse = read_assessment(key, assessment)
        text = read_content(key, message).text
        tells = parse.intent.startswith(_REPORT) and parse.risk.kind != "suicide"
        if not tells or parse.value is not None or len(text.split()) < _FEWEST_WORDS:
            continue
        if holds_secret(text):
            continue
        texts.append(text)
        entities += parse.entities
        intents.append(parse.intent)
    return Told("\n".join(texts), tuple(dict.fromkeys(entities)), tuple(intents))


def prefill(draft: Draft, told: Told, slots: Mapping[str, str | None], now: datetime) -> None:
    """Puts into a new draft what needs no further question.

    Numbers and names in her story are those of whoever did it more often than hers: they are
    put there, never under her own name, number or CNIC.
    """
    topic = slots.get("topic") or ""
    draft.form_code = _form(topic)
    if slots.get("age") == "minor":
        draft.child_flag = True
    if not told.story:
        return
    if slots.get("group") != BYSTANDER and topic != "child_abuse":
        # She has told it as her own; the first line that she reads over says so.
        draft.for_whom = ForWhom.SELF
    draft.platform = read_platform(told.story, told.entities)
    found = read_when(told.story, told.entities, now.astimezone(HOURS_ZONE).date())
    if found is not None:
        draft.since, draft.since_precision = found
    links = read_links("", told.entities)
    draft.urls, draft.handles = list(links.urls), list(links.handles)
    draft.suspect_phones = list(links.phones)
    if any(kind == "city" for kind, _ in told.entities):
        draft.city, draft.province = read_city("", told.entities)


def _form(topic: str) -> FormCode | None:
    if topic in _FORM_OF_TOPIC:
        return _FORM_OF_TOPIC[topic]
    found = (code for code, form in load_forms().items() if form.topic == topic)
    return next(map(FormCode, found), None)
