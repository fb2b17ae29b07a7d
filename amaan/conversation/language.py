"""Which language the answers follow."""

from __future__ import annotations

from amaan.ports import Parse
from amaan.storage.models import Conversation

# From this confidence on a change of the writer's language is believed.
SURE_OF_LANGUAGE = 0.6
WORDS_TO_CHANGE_LANGUAGE = 4
# "Salam" is said in all five languages: a greeting must tell its own more surely than this.
SURE_OF_A_GREETING = 0.9


def language_of_script(seen: str, language: str, script: str) -> str:
    """The likeliest language of a text of which only the script is known.

    `language` and `script` are the conversation's, which hold where the script is the same.
    """
    if seen == script:
        return language
    return "ur" if seen in ("Arab", "Latn") else "pa"


def follow_language(conversation: Conversation, parse: Parse, text: str, first: bool) -> None:
    """Follows the writer's language, but not a word or two of another one in the same script.

    "safety plan" or "ok thanks" in a Roman Punjabi chat is no change to English. Of a
    language that we do not speak only the script of a first message is followed.
    """
    if conversation.language_chosen or not parse.script:
        return
    if parse.source == "rules" or not parse.language:
        # Nothing but the script is known; that much is followed in a first message.
        if first:
            conversation.language = language_of_script(
                parse.script, conversation.language, conversation.script
            )
            conversation.script = parse.script
        return
    is_short = len(text.split()) < WORDS_TO_CHANGE_LANGUAGE
    is_greeting = parse.intent == "greet" and parse.language_confidence < SURE_OF_A_GREETING
    if first and is_short and is_greeting:
        conversation.language = language_of_script(
            parse.script, conversation.language, conversation.script
        )
        conversation.script = parse.script
        return
    if is_short and not first and parse.script == conversation.script:
        return
    if parse.language_confidence >= SURE_OF_LANGUAGE:
        conversation.language, conversation.script = parse.language, parse.script
