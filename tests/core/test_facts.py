"""Facts files: well-formed, connected, never shown when unverified, doubted when old."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amaan.cli import app
from amaan.core import LOCALES
from amaan.facts import (
    STALE,
    load_clocks,
    load_facts,
    load_forms,
    load_offences,
    load_places,
    load_platforms,
    shown_facts,
    stale_facts,
    waiting_facts,
)
from amaan.words import VARIANTS, Catalogues

VERIFIED = date(2026, 11, 21)
MUCH_LATER = VERIFIED + timedelta(days=800)
COMMON = 'source = "a"\nconfidence = "seed"\nverified_on = 2026-11-21\nvalid_for_days = 9\n'


def test_what_is_known_from_memory_or_held_back_is_shown_to_nobody() -> None:
    shown = shown_facts()
    assert {"ambulance", "women_punjab", "smpra_order_hours", "p384", "p498b"}.isdisjoint(shown)
    assert shown["cyber_line"] == "1799"
    assert "1991" not in shown.values()
    for fact in load_facts().values():
        assert fact.is_shown == (fact.name in shown)
    for offence in load_offences().values():
        assert offence.origin.is_shown == all(name in shown for name in offence.values)


def test_forms_lead_to_offences_and_topics_that_exist() -> None:
    offences = load_offences()
    for form in load_forms().values():
        assert set(form.offences) <= offences.keys(), form.code
        assert form.route
    topics = {form.topic for form in load_forms().values()}
    assert {topic for offence in offences.values() for topic in offence.topics} <= {
        *topics,
        "domestic_violence",
    }


def test_places_and_platforms_have_their_words() -> None:
    keys = {key for _, key in Catalogues.load(LOCALES).keys("en-Latn")}
    assert {place.key for place in load_places().values()} <= keys
    assert {platform.key for platform in load_platforms().values()} <= keys
    # The hash service does not reach an encrypted messenger.
    assert not load_platforms()["whatsapp"].hash_service


def test_of_clocks_only_the_law_may_ever_be_told() -> None:
    states = {clock.name: clock.state for clock in load_clocks().values()}
    assert states["removal_order"] == "planned"
    assert [name for name, state in states.items() if state == "law"] == ["investigation"]


def test_an_operator_is_told_what_waits() -> None:
    waiting = {entry.name: entry.state for entry in waiting_facts(VERIFIED)}
    assert waiting["women_punjab"].startswith("held back")
    assert waiting["O31"] == "unverified, never shown"
    assert "police" not in waiting
    later = {entry.name: entry.state for entry in waiting_facts(MUCH_LATER)}
    assert later["police"] == later["O02"] == STALE
    printed = CliRunner().invoke(app, ["facts", "check"])
    assert printed.exit_code == 1
    assert "women_punjab" in printed.output


@pytest.mark.parametrize("tag", VARIANTS)
def test_an_answer_with_an_old_number_says_so(tag: str) -> None:
    old = Catalogues.load(LOCALES, today=lambda: MUCH_LATER)
    fresh = Catalogues.load(LOCALES, today=lambda: VERIFIED)
    for channel in ("web", "sms"):
        line = fresh.text("fact.check", tag, channel)
        assert old.text("law.fraud", tag, channel) == (
            f"{fresh.text('law.fraud', tag, channel)}\n{line}"
        )
        assert line not in old.text("thanks", tag, channel)
    # Words for danger leave an SMS no room for it.
    danger = "risk.suicide.critical"
    assert old.text(danger, tag, "sms") == fresh.text(danger, tag, "sms")
    assert old.text(danger, tag, "web") != fresh.text(danger, tag, "web")


def test_what_is_stale_is_known_by_its_placeholder() -> None:
    assert stale_facts(VERIFIED) == frozenset()
    assert {"police", "s21", "s21_years"} <= stale_facts(MUCH_LATER)
    assert "ambulance" not in stale_facts(MUCH_LATER)


@pytest.mark.parametrize(
    ("table", "entry", "said"),
    [
        ("fact", 'name = "a"\nvalue = "1"\n', "lacks"),
        ("fact", f'name = "a"\nvalue = "1"\nabout = "a"\n{COMMON}'.replace("seed", "sure"), "sure"),
        ("form", f'code = "a"\nabout = "a"\ntopic = "a"\noffences = []\ntier = "urgent"\n'
                 f'route = []\n{COMMON}', "urgent"),
        ("clock", f'name = "a"\nvalue = "1"\nabout = "a"\nstate = "soon"\n{COMMON}', "soon"),
    ],
)  # fmt: skip
def test_a_malformed_entry_is_named(tmp_path: Path, table: str, entry: str, said: str) -> None:
    file = tmp_path / "facts.toml"
    file.write_text(f"[[{table}]]\n{entry}")
    load = {"fact": load_facts, "form": load_forms, "clock": load_clocks}[table]
    with pytest.raises(ValueError, match=said):
        load(file)


def test_an_entry_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "facts.toml"
    one = f'[[fact]]\nname = "a"\nvalue = "1"\nabout = "a"\n{COMMON}'
    file.write_text(one + one)
    with pytest.raises(ValueError, match="twice"):
        load_facts(file)
