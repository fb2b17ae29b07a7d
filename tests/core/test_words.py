"""Every key exists in every catalogue, with the same placeholders, within the SMS limit."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import smsutil

from amaan.core import LOCALES
from amaan.facts import load_facts, shown_facts
from amaan.text import command
from amaan.words import VARIANTS, Catalogues, MissingTextError, variant_for

WORDS = Catalogues.load(LOCALES)
KEYS = sorted(WORDS.keys("en-Latn"))
MAX_SEGMENTS = 2
# Filled when the text is said: the two longest numbers that an SMS is given (handoff/lines.py).
SAID = {
    "lines": "15, 03117786264",
    "days": "7",
    "places": "Karachi Police Surgeon's Office",
    # Of a complaint. Her own words are cut into pieces that she asks for.
    "story": "",
    "line": "",
    "code": "K7QM-2RTP-9XWD",
    "reference": "TF-2026-K7QM2RTP",
    "number": "SANDBOX-7QM2RT",
    "day": "24-12-2026",
    "due": "24-12-2026",
    "hours": "2",
    "tier": "",
    "sections": "PECA 21, 24",
}
BLANK = dict.fromkeys(SAID, "")
# Written in these letters by everybody.
NAMES = re.compile(
    r"\b(NCCIA|PECA|CNIC|PTA|DRF|FIR|FOSPAH|PIN|KP|X|Twitter|TikTok|WhatsApp|Facebook|Instagram)\b"
)
# Shows by an example how to write two hours.
WITH_EXAMPLE = "private.ask_hours"


def test_there_are_eleven_catalogues() -> None:
    assert len(VARIANTS) == 11


@pytest.mark.parametrize("tag", VARIANTS)
def test_a_catalogue_has_every_key_and_placeholder(tag: str) -> None:
    assert WORDS.keys(tag) == set(KEYS)
    for channel, key in KEYS:
        assert WORDS.placeholders(key, tag, channel) <= {*shown_facts(), *SAID}, (key, tag)


@pytest.mark.parametrize("tag", VARIANTS)
def test_numbers_come_from_the_facts_alone(tag: str) -> None:
    raw = Catalogues.load(LOCALES, dict.fromkeys(shown_facts(), ""))
    for channel, key in KEYS:
        text = raw.text(key, tag, channel, **BLANK)
        if key == WITH_EXAMPLE:
            continue
        stray = re.sub(r"(?m)^\s*[0-9۰-۹٠-٩][.)]?\s", "", text)
        assert not re.search(r"[0-9۰-۹٠-٩]", stray), (tag, channel, key)


@pytest.mark.parametrize("tag", VARIANTS)
def test_an_sms_has_at_most_two_segments(tag: str) -> None:
    for channel, key in KEYS:
        if channel == "sms":
            text = WORDS.text(key, tag, channel, **SAID)
            parts = smsutil.split(text).parts
            assert len(parts) <= MAX_SEGMENTS, (tag, key, len(text))


@pytest.mark.parametrize("tag", [t for t in VARIANTS if t.endswith("Arab")])
def test_no_english_leaks_into_a_native_catalogue(tag: str) -> None:
    facts = dict.fromkeys(shown_facts(), "")
    raw, english = Catalogues.load(LOCALES, facts), Catalogues.load(LOCALES, facts)
    for channel, key in KEYS:
        text = raw.text(key, tag, channel, **BLANK)
        letters = [sign for sign in NAMES.sub("", text) if sign.isalpha()]
        latin = [sign for sign in letters if sign.isascii()]
        assert len(latin) <= len(letters) / 3 or not letters, (tag, key, text)
        assert text != english.text(key, "en-Latn", channel, **BLANK) or not letters, (tag, key)


def test_whatsapp_reads_the_web_text_but_greets_neutrally() -> None:
    assert WORDS.text("thanks", "en-Latn", "whatsapp") == WORDS.text("thanks", "en-Latn", "web")
    for key in ("greet", "human.after"):
        assert WORDS.text(key, "en-Latn", "whatsapp") == WORDS.text(key, "en-Latn", "sms")


def test_a_missing_text_is_an_error_and_never_the_key() -> None:
    with pytest.raises(MissingTextError):
        WORDS.text("no.such.key", "ur-Arab", "web")
    with pytest.raises(MissingTextError):
        WORDS.text("web.title", "ur-Arab", "sms")


def test_direction_follows_the_script() -> None:
    assert variant_for("ur", "Arab").direction == "rtl"
    assert variant_for("ur", "Latn").direction == "ltr"
    assert variant_for("pa", "Guru") == VARIANTS["pa-Arab"]
    assert variant_for("en", "Arab") == VARIANTS["en-Latn"]
    assert variant_for(None, "Latn") == VARIANTS["ur-Latn"]


def test_phone_numbers_are_one_run_of_digits() -> None:
    # With a hyphen or space the halves change places in right-to-left text.
    for fact in load_facts().values():
        if any(sign.isdigit() for sign in fact.value):
            assert fact.value.isdigit(), fact.name


def test_unverified_facts_are_never_shown() -> None:
    facts = load_facts()
    assert "ambulance" in facts
    assert "ambulance" not in shown_facts()
    assert {f.name for f in facts.values() if f.confidence == "mem"}.isdisjoint(shown_facts())


def test_a_fact_goes_stale() -> None:
    fact = load_facts()["police"]
    assert not fact.is_stale(fact.verified_on)
    assert fact.is_stale(fact.verified_on + fact.valid_for + timedelta(days=1))
    assert fact.verified_on <= date(2026, 12, 31)


@pytest.mark.parametrize("tag", VARIANTS)
@pytest.mark.parametrize(
    ("key", "meaning"),
    [("greet.history", "erase"), ("human.released", "human"), ("wait.still", "quiet")],
)
def test_the_words_that_she_is_told_to_write_work(tag: str, key: str, meaning: str) -> None:
    told = re.findall(r'["«“]([^"»”]+)["»”]', WORDS.text(key, tag, "web"))
    assert told
    assert {command(word) for word in told} == {meaning}


@pytest.mark.parametrize("tag", VARIANTS)
def test_the_word_that_an_sms_tells_her_to_write_works(tag: str) -> None:
    # Without marks around it, to save room: it stands behind the last colon.
    told = WORDS.text("wait.still", tag, "sms").rpartition(":")[2]
    assert command(told) == "quiet"


def test_a_line_is_open_in_its_hours_of_pakistan() -> None:
    drf = load_facts()["drf"]
    monday_nine = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    assert drf.may_answer(monday_nine)
    assert not drf.may_answer(monday_nine - timedelta(minutes=1))
    assert not drf.may_answer(monday_nine + timedelta(hours=8))
    assert not drf.may_answer(monday_nine + timedelta(days=5))
    assert load_facts()["police"].may_answer(monday_nine)


@pytest.mark.parametrize(
    "hours",
    [
        '{ days = "mon-fri", from = "17:00", until = "09:00" }',
        '{ days = "fri-mon", from = "09:00", until = "17:00" }',
        '{ days = "noday", from = "09:00", until = "17:00" }',
        '{ days = "mon", from = "9h", until = "17:00" }',
    ],
)
def test_hours_that_cannot_be_read_are_refused(tmp_path: Path, hours: str) -> None:
    file = tmp_path / "facts.toml"
    file.write_text(
        '[[fact]]\nname = "a"\nvalue = "1"\nabout = "a"\nsource = "a"\nconfidence = "seed"\n'
        f"verified_on = 2026-11-21\nvalid_for_days = 9\nhours = [{hours}]\n"
    )
    with pytest.raises(ValueError):  # noqa: PT011 - any reason
        load_facts(file)


def test_a_line_is_shown_in_provinces_that_the_word_lists_know() -> None:
    listed = (LOCALES.parent / "nlu_data/lexicons/entities").glob("*.tsv")
    known = {
        line.split("\t")[1]
        for file in listed
        for line in file.read_text().splitlines()
        if line.startswith(("province\t", "located\t"))
    }
    assert {name for fact in load_facts().values() for name in fact.provinces} <= known
