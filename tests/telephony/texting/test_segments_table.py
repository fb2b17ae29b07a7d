"""No automatic SMS is above two segments unless she asks, and the table says so."""

from __future__ import annotations

import re

import pytest
import smsutil  # type: ignore[import-untyped]  # no types

from amaan.conversation.continuation import MAX_SEGMENTS, numbered
from amaan.core import LOCALES
from amaan.facts import shown_facts
from amaan.ports import Option
from amaan.words import VARIANTS, Catalogues
from scripts.segments_table import HINT, PARTS, TABLE, costs, keys, labels, page, said

WORDS = Catalogues.load(LOCALES)
FOUND = costs(WORDS)
CRISIS = [key for key in keys(WORDS) if key.startswith("risk.")]


def test_the_table_in_the_documents_is_current() -> None:
    assert TABLE.read_text(encoding="utf-8") == page(FOUND), (
        "write it again: .venv-app/bin/python -m scripts.segments_table"
    )


def test_the_table_has_every_sms_and_every_catalogue() -> None:
    sms = {key for channel, key in WORDS.keys() if channel == "sms"}  # noqa: SIM118  # no dict
    assert set(FOUND) == {key for key in sms if not key.startswith(PARTS) and key != HINT}
    assert all(set(row) == set(VARIANTS) for row in FOUND.values())
    assert len(CRISIS) >= 8


@pytest.mark.parametrize("tag", VARIANTS)
def test_nothing_is_above_two_segments(tag: str) -> None:
    assert [key for key, row in FOUND.items() if row[tag].segments > MAX_SEGMENTS] == []


@pytest.mark.parametrize("tag", VARIANTS)
def test_no_answer_of_the_house_has_to_be_cut(tag: str) -> None:
    # The cut is for words that grow: a fact with a longer number, a menu with one line more.
    assert [key for key, row in FOUND.items() if row[tag].parts] == []


@pytest.mark.parametrize("tag", VARIANTS)
def test_words_for_danger_fit_whole_with_longer_numbers_too(tag: str) -> None:
    # Her province may get another line: none in the facts is longer than eleven digits.
    longest = max((value for value in shown_facts().values() if value.isdigit()), key=len)
    facts = {
        name: longest if value.isdigit() and name != "police" else value
        for name, value in shown_facts().items()
    }
    words = Catalogues.load(LOCALES, facts)
    for key in CRISIS:
        options = [Option(words.text(name, tag, "sms"), "") for name in labels(key)]
        text = numbered(words.text(key, tag, "sms", **said(words, key, tag)), options)
        assert len(smsutil.split(text).parts) <= MAX_SEGMENTS, key


@pytest.mark.parametrize("tag", VARIANTS)
def test_the_independent_library_counts_the_same(tag: str) -> None:
    for key in keys(WORDS):
        options = [Option(WORDS.text(name, tag, "sms"), "") for name in labels(key)]
        text = numbered(WORDS.text(key, tag, "sms", **said(WORDS, key, tag)), options)
        if key != "language.ask":
            assert len(smsutil.split(text).parts) == FOUND[key][tag].segments, key


@pytest.mark.parametrize("tag", [tag for tag in VARIANTS if tag.endswith("Latn")])
def test_texts_in_latin_letters_stay_gsm_7(tag: str) -> None:
    # One curly quote or long dash would more than double the price.
    for key in keys(WORDS):
        text = WORDS.text(key, tag, "sms", **said(WORDS, key, tag))
        assert re.fullmatch(r"[\n\x20-\x7e]*", text), key
