"""Every word of the console exists in Urdu, with the same placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment

from amaan.words import VARIANTS
from handoff.console import complaintwords, figures, profile, roster, translation, wording
from handoff.console.translation import Translations

_CONSOLE = Path(translation.__file__).parent
_PLACEHOLDER = re.compile(r"%\(\w+\)s")


def _of_templates() -> Iterator[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    for file in sorted((_CONSOLE / "templates").glob("*.html")):
        for _line, _function, found in environment.extract_translations(file.read_text()):  # type: ignore[attr-defined]  # by the extension
            yield from found if isinstance(found, tuple) else (found,)


def _of_wording() -> Iterator[str]:
    tables = (wording, figures, complaintwords)
    for name, table in (one for module in tables for one in vars(module).items()):
        if name.isupper() and isinstance(table, dict):
            yield from (word for word in table.values() if isinstance(word, str) and word)
    yield wording.TROUBLE
    yield from (*roster.WEEKDAYS, *roster.PROBLEMS.values(), *profile.PROBLEMS.values())
    for variant in VARIANTS.values():
        yield wording.language_name(variant.language, variant.script)


def _urdu() -> dict[str, str]:
    with (_CONSOLE / "locales" / "ur.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id}


def test_every_word_of_the_console_exists_in_urdu() -> None:
    urdu = _urdu()
    wanted = {word for word in (*_of_templates(), *_of_wording()) if word is not None}
    assert not sorted(word for word in wanted if not urdu.get(word))


def test_the_translation_fills_the_same_places() -> None:
    for english, urdu in _urdu().items():
        assert sorted(_PLACEHOLDER.findall(english)) == sorted(_PLACEHOLDER.findall(urdu)), english


@pytest.mark.parametrize(("chosen", "used"), [("ur", "ur"), ("xx", "en")])
def test_an_unknown_language_of_the_console_is_english(chosen: str, used: str) -> None:
    words = Translations()
    assert words.use(chosen) == used
    assert words.gettext("a word that nobody translated") == "a word that nobody translated"
    assert (words.gettext("Queue") == "Queue") == (used == "en")
    words.use("en")
