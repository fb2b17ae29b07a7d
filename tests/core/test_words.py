"""Every key exists in every catalogue, with the same placeholders, within the SMS limit."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import smsutil

from amaan.core import LOCALES
from amaan.facts import load_facts, shown_facts
from amaan.text import command
from amaan.words import VARIANTS, Catalogues, MissingTextError, variant_for

WORDS = Catalogues.load(LOCALES)
KEYS = sorted(WORDS.keys("en-Latn"))
MAX_SEGMENTS = 2


def test_there_are_eleven_catalogues() -> None:
    assert len(VARIANTS) == 11


@pytest.mark.parametrize("tag", VARIANTS)
def test_a_catalogue_has_every_key_and_placeholder(tag: str) -> None:
    assert WORDS.keys(tag) == set(KEYS)
    for channel, key in KEYS:
        assert WORDS.placeholders(key, tag, channel) <= set(shown_facts()), (key, tag)


@pytest.mark.parametrize("tag", VARIANTS)
def test_numbers_come_from_the_facts_alone(tag: str) -> None:
    raw = Catalogues.load(LOCALES, dict.fromkeys(shown_facts(), ""))
    for channel, key in KEYS:
        text = raw.text(key, tag, channel)
        stray = re.sub(r"(?m)^\s*[0-9۰-۹٠-٩][.)]?\s", "", text)
        assert not re.search(r"[0-9۰-۹٠-٩]", stray), (tag, channel, key)


@pytest.mark.parametrize("tag", VARIANTS)
def test_an_sms_has_at_most_two_segments(tag: str) -> None:
    for channel, key in KEYS:
        if channel == "sms":
            text = WORDS.text(key, tag, channel)
            parts = smsutil.split(text).parts
            assert len(parts) <= MAX_SEGMENTS, (tag, key, len(text))


@pytest.mark.parametrize("tag", [t for t in VARIANTS if t.endswith("Arab")])
def test_no_english_leaks_into_a_native_catalogue(tag: str) -> None:
    facts = dict.fromkeys(shown_facts(), "")
    raw, english = Catalogues.load(LOCALES, facts), Catalogues.load(LOCALES, facts)
    for channel, key in KEYS:
        text = raw.text(key, tag, channel)
        letters = [sign for sign in text if sign.isalpha()]
        latin = [sign for sign in letters if sign.isascii()]
        assert len(latin) <= len(letters) / 3 or not letters, (tag, key, text)
        assert text != english.text(key, "en-Latn", channel) or not letters, (tag, key)


def test_whatsapp_reads_the_web_text_but_greets_neutrally() -> None:
    assert WORDS.text("thanks", "en-Latn", "whatsapp") == WORDS.text("thanks", "en-Latn", "web")
    assert WORDS.text("greet", "en-Latn", "whatsapp") == WORDS.text("greet", "en-Latn", "sms")


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
    ("key", "meaning"), [("greet.history", "erase"), ("human.released", "human")]
)
def test_the_words_that_she_is_told_to_write_work(tag: str, key: str, meaning: str) -> None:
    told = re.findall(r'["«“]([^"»”]+)["»”]', WORDS.text(key, tag, "web"))
    assert told
    assert {command(word) for word in told} == {meaning}
