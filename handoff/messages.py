"""The messages of a conversation as a supervisor sees them, with what was found in each."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from amaan.conversation.store import read_assessment, read_attachments, read_content
from amaan.conversation.wishes import BY_HER_WISH
from amaan.core import Core
from amaan.ports import Parse
from amaan.storage import Transaction
from amaan.storage.models import Assessment, Conversation, Feedback, Message
from amaan.text import script_of
from amaan.words import VARIANTS, variant_for
from handoff.claims import StoppedError
from handoff.feedback import MISSED_EARLIER
from handoff.highlights import highlights
from handoff.views import MessageView

_HOUSE = frozenset({"bot", "system"})
_BY_HER_WISH = frozenset({StoppedError.code, *BY_HER_WISH})


async def messages_of(
    core: Core, tx: Transaction, conversation: Conversation, escalation_id: UUID
) -> tuple[tuple[MessageView, ...], dict[str, str]]:
    """Every message, and the last places that she named. Raises `ErasedError`."""
    key = await core.vault.open_key(tx, conversation.id)
    rows = await tx.session.execute(
        select(Message, Assessment)
        .outerjoin(Assessment, Assessment.message_id == Message.id)
        .where(Message.conversation_id == conversation.id)
        .order_by(Message.seq)
    )
    missed = set(
        await tx.session.scalars(
            select(Feedback.message_id).where(
                Feedback.escalation_id == escalation_id, Feedback.verdict == MISSED_EARLIER
            )
        )
    )
    messages: list[MessageView] = []
    places: dict[str, str] = {}
    for message, found in rows:
        parse = read_assessment(key, found) if found else None
        places.update(parse.named if parse else ())
        shown = _message(core, key, conversation, message, parse)
        messages.append(replace(shown, missed=message.id in missed))
    return tuple(messages), places


def _message(
    core: Core, key: bytes, conversation: Conversation, message: Message, parse: Parse | None
) -> MessageView:
    content = read_content(key, message)
    why = parse.risk.why if parse else ()
    return MessageView(
        id=message.id,
        seq=message.seq,
        author=message.author,
        text=content.text,
        menu=tuple(option.label for option in content.menu),
        notes=tuple(sorted(content.notes)),
        lang=_lang(conversation, message, content.text, parse),
        direction="rtl" if script_of(content.text) == "Arab" else "ltr",
        at=message.created_at,
        level=parse.risk.level if parse else None,
        kind=parse.risk.kind if parse else None,
        why=why,
        highlights=highlights(content.text, why),
        delivery=message.delivery,
        withheld=_withheld(message),
        reviewed=_reviewed(core, conversation, message, content.key),
        voices=len(read_attachments(key, message)),
    )


def _reviewed(
    core: Core, conversation: Conversation, message: Message, key: str | None
) -> bool | None:
    if message.author not in _HOUSE:
        return None
    variant = variant_for(conversation.language, conversation.script)
    return key is not None and core.catalogues.is_reviewed(key, variant, conversation.door)


def _withheld(message: Message) -> str | None:
    """Why a message did not leave by her own wish; None for every other fate."""
    code = message.delivery_error
    return code if message.delivery == "failed" and code in _BY_HER_WISH else None


def _lang(
    conversation: Conversation, message: Message, text: str, parse: Parse | None
) -> str | None:
    """The BCP 47 tag of a text; None when language and letters do not fit together."""
    language, script = conversation.language, conversation.script
    if message.author == "person":
        if parse is None or parse.source != "model" or not parse.language:
            return None
        language, script = parse.language, parse.script
    if script_of(text) not in (script, None):
        return None
    variant = VARIANTS.get(f"{language}-{script}")
    return variant.html_lang if variant else f"{language}-{script}"
