"""Reads the PO catalogues and answers with the text of a key.

`msgid` is a stable key (``risk.suicide.critical``), `msgctxt` the channel
(``web`` or ``sms``). WhatsApp reads the web text. A key that is missing is an
error and never an empty string or the key itself: a person in danger must not
be shown either (`Catalogues.check` finds it before release).
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from babel.messages.pofile import read_po

from amaan.words.languages import VARIANTS, Variant

CHANNELS = ("web", "whatsapp", "sms")
_REVIEWED = "review: reviewed"
# The first words are neutral on WhatsApp too: a locked screen shows them to anybody near.
_NEUTRAL_ON_WHATSAPP = frozenset({"greet", "human.after"})
_CHECK = "fact.check"
# Labels and parts of lists; the answer around them carries the line.
_PARTS = ("option.", "line.", "place.", "web.")
# Words for danger and for waiting leave an SMS no room for more.
_WHOLE_SMS = ("risk.", "screen.", "service.", "human.", "wait.")


class MissingTextError(Exception):
    """A catalogue lacks a key: `args` holds the key, the variant's tag and the channel."""


class Catalogues:
    """All catalogues, read once.

    `facts` fills the placeholders that stand for verified numbers and addresses,
    so that one change of a number changes every answer.
    """

    def __init__(
        self,
        texts: Mapping[tuple[str, str, str], str],
        reviewed: frozenset[tuple[str, str, str]],
        facts: Mapping[str, str],
        stale: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._texts = dict(texts)
        self._reviewed = reviewed
        self._facts = dict(facts)
        self._stale = stale

    @classmethod
    def load(
        cls,
        folder: Path | str,
        facts: Mapping[str, str] | None = None,
        today: Callable[[], date] | None = None,
    ) -> Catalogues:
        """Reads every catalogue under `folder`.

        `facts` defaults to the shown facts of `amaan.facts`. With `today` an answer that
        names a fact not looked at for too long says so (`fact.check`). Raises
        `FileNotFoundError` when a catalogue is missing.
        """
        from amaan.facts import shown_facts, stale_facts

        facts = shown_facts() if facts is None else facts
        texts: dict[tuple[str, str, str], str] = {}
        reviewed: set[tuple[str, str, str]] = set()
        for variant in VARIANTS.values():
            with (Path(folder) / variant.folder / "amaan.po").open("rb") as file:
                catalogue = read_po(file, locale=None, ignore_obsolete=True)
            for message in catalogue:
                if not message.id or not message.string:
                    continue
                place = (variant.tag, str(message.context), str(message.id))
                texts[place] = str(message.string)
                if any(note.startswith(_REVIEWED) for note in message.user_comments):
                    reviewed.add(place)
        if today is None:
            return cls(texts, frozenset(reviewed), facts)
        return cls(texts, frozenset(reviewed), facts, lambda: stale_facts(today()))

    def text(self, key: str, variant: str | Variant, channel: str, **values: str) -> str:
        """The text of `key` for `variant` (tag or object) on `channel`.

        `values` fill placeholders besides the facts. Raises `MissingTextError`.
        """
        tag = variant.tag if isinstance(variant, Variant) else variant
        template = self._find(key, tag, channel)
        try:
            said = template.format_map({**self._facts, **values})
        except (KeyError, IndexError, ValueError) as error:
            raise MissingTextError(key, tag, channel) from error
        return said + self._doubt(key, tag, channel)

    def is_reviewed(self, key: str, variant: str | Variant, channel: str) -> bool:
        """Whether a native speaker has reviewed this text."""
        tag = variant.tag if isinstance(variant, Variant) else variant
        place = (tag, _text_channel(key, channel), key)
        return place in self._reviewed

    def keys(self, tag: str = "en-Latn") -> set[tuple[str, str]]:
        """(channel, key) pairs that the catalogue `tag` holds."""
        return {(channel, key) for (own, channel, key) in self._texts if own == tag}

    def placeholders(self, key: str, tag: str, channel: str) -> set[str]:
        """Names of the placeholders in one text."""
        parts = string.Formatter().parse(self._find(key, tag, channel))
        return {name for _, name, _, _ in parts if name is not None}

    def _doubt(self, key: str, tag: str, channel: str) -> str:
        """The line under an answer whose numbers should have been looked at again."""
        stale = self._stale()
        if not stale or key.startswith(_PARTS):
            return ""
        if channel == "sms" and key.startswith(_WHOLE_SMS):
            return ""
        if not stale & self.placeholders(key, tag, channel):
            return ""
        return f"\n{self._find(_CHECK, tag, channel)}"

    def _find(self, key: str, tag: str, channel: str) -> str:
        # SMS never falls back: a web text would cost her eight segments.
        wanted = _text_channel(key, channel)
        found = self._texts.get((tag, wanted, key))
        if found is None:
            raise MissingTextError(key, tag, channel)
        return found


def _text_channel(key: str, channel: str) -> str:
    if channel != "whatsapp":
        return channel
    return "sms" if key in _NEUTRAL_ON_WHATSAPP else "web"
