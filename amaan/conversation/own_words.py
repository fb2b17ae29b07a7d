"""Answers that the core gives by itself, from the same catalogues as the dialogue.

They are what a person reads when Rasa is dead, slow or empty-handed, and for
everything that must not depend on the dialogue: erase, danger, nothing readable.
"""

from __future__ import annotations

from amaan.conversation.continuation import HINT
from amaan.ports import Option, Reply, Risk
from amaan.storage.models import Conversation
from amaan.words import VARIANTS, Catalogues, variant_for

CHOICE = "private_choice"
"""Intent of a line of the private menu; the dialogue never sees it."""
VOICE = "voice"
"""What "yes" and "no" carry below the question whether somebody shall come who can listen."""
MENUS: dict[str, tuple[tuple[str, str, str | None], ...]] = {
    "private.menu": (
        ("option.word", CHOICE, "word"),
        ("option.hours", CHOICE, "hours"),
        ("option.never_first", CHOICE, "never_first"),
        ("option.cover", CHOICE, "cover"),
        ("option.forget_wishes", CHOICE, "forget"),
    ),
    "media.voice": (("option.yes", "request_human", VOICE), ("option.no", "deny", VOICE)),
}
"""Menus below our own words: key of the label, intent, value."""


class OwnWords:
    """Renders catalogue keys for a conversation's language, script and door."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    def reply(self, key: str, conversation: Conversation, **values: str) -> Reply:
        """The text of `key` as this person reads it. Raises `MissingTextError`.

        `values` fill placeholders besides the facts.
        """
        variant = variant_for(conversation.language, conversation.script)

        def text(wanted: str) -> str:
            return self._catalogues.text(wanted, variant, conversation.door, **values)

        menu = tuple(
            Option(text(label), intent, value) for label, intent, value in MENUS.get(key, ())
        )
        return Reply(key, text(key), menu)

    def hint(self, conversation: Conversation) -> str:
        """The line at the end of an SMS that has a continuation, as this person reads it."""
        variant = variant_for(conversation.language, conversation.script)
        return self._catalogues.text(HINT, variant, "sms")

    def hints(self) -> tuple[str, ...]:
        """That line in every variant: she may answer with the word of any."""
        return tuple(self._catalogues.text(HINT, variant, "sms") for variant in VARIANTS.values())

    def danger(self, risk: Risk, conversation: Conversation) -> Reply:
        """The person-first reply to a risk of level elevated or critical."""
        return self.reply(danger_key(risk), conversation)


def danger_key(risk: Risk) -> str:
    """Catalogue key of the first reply to `risk`."""
    subject = "bystander" if risk.who == "other" else (risk.kind or "harm")
    return f"risk.{subject}.{risk.level}"
