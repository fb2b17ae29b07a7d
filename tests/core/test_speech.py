"""No catalogue says what must never be said, and each keeps to its own words."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from amaan.core import LOCALES
from amaan.facts import shown_facts
from amaan.text import fold
from amaan.words import VARIANTS, Catalogues
from tests.core.test_words import SAID

RAW = Catalogues.load(LOCALES, {name: "" for name in shown_facts()})
BLANK = dict.fromkeys(SAID, "")
FOLDERS = {tag: variant.folder for tag, variant in VARIANTS.items()}
LEAST_PHRASES = 15
TERMS = 32


def texts(tag: str) -> dict[tuple[str, str], str]:
    """Every text of a catalogue without its numbers, by channel and key."""
    return {place: RAW.text(place[1], tag, place[0], **BLANK) for place in RAW.keys(tag)}


def never_say(tag: str) -> list[str]:
    lines = (LOCALES / "never_say" / f"{FOLDERS[tag]}.txt").read_text(encoding="utf-8")
    return [line for line in lines.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("tag", VARIANTS)
def test_nothing_says_what_must_never_be_said(tag: str) -> None:
    phrases = [fold(phrase) for phrase in never_say(tag)]
    assert len(phrases) >= LEAST_PHRASES
    said = [
        (key, phrase)
        for (_, key), text in texts(tag).items()
        for phrase in phrases
        if f" {phrase} " in f" {fold(text)} "
    ]
    assert said == []


@pytest.mark.parametrize("tag", VARIANTS)
def test_nothing_is_shouted(tag: str) -> None:
    assert [key for (_, key), text in texts(tag).items() if "!" in text] == []


@pytest.mark.parametrize("file", sorted((LOCALES / "glossary").glob("*.tsv")), ids=lambda f: f.stem)
def test_every_word_of_the_glossary_is_used(file: Path) -> None:
    with file.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) == TERMS
    for column, script in (("native", "Arab"), ("roman", "Latn")):
        said = " ".join(fold(text) for text in texts(f"{file.stem}-{script}").values())
        unused = [
            (row["term"], word)
            for row in rows
            for word in row[column].split("|")
            if fold(word.strip()) not in said
        ]
        assert unused == [], column


def test_there_is_a_glossary_for_each_language_but_english() -> None:
    found = {file.stem for file in (LOCALES / "glossary").glob("*.tsv")}
    assert found == {variant.language for variant in VARIANTS.values()} - {"en"}
