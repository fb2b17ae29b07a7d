"""Her text for the portal of the agency, to be copied and sent by herself."""

from __future__ import annotations

from amaan.conversation.own_words import OwnWords
from amaan.storage.models import Conversation
from intake.interview import Say
from intake.interview.lines import lines
from intake.schema import Draft


def copy_text(draft: Draft, words: OwnWords, conversation: Conversation) -> tuple[Say, ...]:
    """Where to file it, then the text alone, so that nothing else is copied with it."""
    found = lines(draft, lambda key: words.reply(key, conversation).text)
    text = "\n".join(str(line) for line in found)
    first = Say("complaint.self")
    return (first, Say("complaint.copy", {"lines": text})) if text else (first,)
