"""Answers that the core gives by itself, from the same catalogues as the dialogue.

They are what a person reads when Rasa is dead, slow or empty-handed, and for
everything that must not depend on the dialogue: erase, danger, nothing readable.
"""

from __future__ import annotations

from amaan.ports import Reply, Risk
from amaan.storage.models import Conversation
from amaan.words import Catalogues, variant_for


class OwnWords:
    """Renders catalogue keys for a conversation's language, script and door."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    def reply(self, key: str, conversation: Conversation, **values: str) -> Reply:
        """The text of `key` as this person reads it. Raises `MissingTextError`.

        `values` fill placeholders besides the facts.
        """
        variant = variant_for(conversation.language, conversation.script)
        return Reply(key, self._catalogues.text(key, variant, conversation.door, **values))

    def danger(self, risk: Risk, conversation: Conversation) -> Reply:
        """The person-first reply to a risk of level elevated or critical."""
        return self.reply(danger_key(risk), conversation)


def danger_key(risk: Risk) -> str:
    """Catalogue key of the first reply to `risk`."""
    subject = "bystander" if risk.who == "other" else (risk.kind or "harm")
    return f"risk.{subject}.{risk.level}"
