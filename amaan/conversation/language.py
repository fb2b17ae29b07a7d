"""Which language the answers follow."""

from __future__ import annotations

from amaan.ports import Parse
from amaan.storage.models import Conversation

# From this confidence on a change of the writer's language is believed.
SURE_OF_LANGUAGE = 0.6
WORDS_TO_CHANGE_LANGUAGE = 4


def follow_language(conversation: Conversation, parse: Parse, text: str, first: bool) -> None:
    """Follows the writer's language, but not a word or two of another one in the same script.

    "safety plan" or "ok thanks" in a Roman Punjabi chat is no change to English.
    """
    if conversation.language_chosen or not parse.script:
        return
    if parse.source == "rules":
        # The rules see the script only; that much is followed in a first message.
        if first:
            conversation.language, conversation.script = parse.language, parse.script
        return
    is_short = len(text.split()) < WORDS_TO_CHANGE_LANGUAGE
    if is_short and not first and parse.script == conversation.script:
        return
    if parse.language_confidence >= SURE_OF_LANGUAGE:
        conversation.language, conversation.script = parse.language, parse.script
