"""The console's own words in the language of the supervisor who reads them.

English stands in the templates and in `wording`; `locales/<language>.po` holds the others.
A word without a translation stays English: a supervisor must never see an empty button.
What a person in danger reads is another matter and comes from the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path

from babel.messages.pofile import read_po

_FOLDER = Path(__file__).with_name("locales")
INTERFACES: Mapping[str, tuple[str, str]] = {"en": ("English", "ltr"), "ur": ("اردو", "rtl")}
"""Languages of the console: own name and direction."""
DEFAULT = "en"

_current: ContextVar[str] = ContextVar("interface", default=DEFAULT)


class Translations:
    """Looks a console's word up in the language that is being rendered."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._words: dict[str, dict[str, str]] = {}
        for file in sorted(folder.glob("*.po")):
            with file.open("rb") as lines:
                self._words[file.stem] = {
                    str(message.id): str(message.string)
                    for message in read_po(lines)
                    if message.id and message.string
                }

    def use(self, interface: str) -> str:
        """Renders in `interface` from now on in this task; an unknown one is English."""
        chosen = interface if interface in INTERFACES else DEFAULT
        _current.set(chosen)
        return chosen

    def gettext(self, message: str) -> str:
        """`message` in the present language, or as it is."""
        return self._words.get(_current.get(), {}).get(message, message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The form for `count`; both stand in the catalogue as words of their own."""
        return self.gettext(one if count == 1 else many)
