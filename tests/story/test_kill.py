"""kill -9 of any one process at any point: nothing is lost, nothing is doubled."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import psycopg
import pytest

from amaan.core import LOCALES
from amaan.words import VARIANTS, Catalogues
from tests.story.people import Page, Phone
from tests.story.stage import PAGE_STEPS, Stage, wait_for

pytestmark = pytest.mark.timeout(600)
WORDS = Catalogues.load(LOCALES)
CRISIS = "میں اب جینا نہیں چاہتی"
HISTORY = {WORDS.text("greet.history", tag, "sms") for tag in VARIANTS}
# What is said without being asked: the note about history, and that nobody could come yet.
UNASKED = HISTORY | {WORDS.text("human.nobody", tag, "sms") for tag in VARIANTS}
# Everything must be well again after this many seconds: a dead worker is noticed after 5 s,
# Rasa loads in 15 to 30 s and is replaced by the rules meanwhile.
WELL_AGAIN = 60


def count(stage: Stage, query: str) -> int:
    """A number from the database."""
    with psycopg.connect(stage.database_url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return int(row[0])


@pytest.mark.parametrize(
    "victim", ["worker-1", "worker-2", "rasa", "internal", "public", "postgres", "staff"]
)
def test_a_killed_process_loses_and_doubles_nothing(stage: Stage, victim: str) -> None:
    stage.wait_until_well()
    phones = [Phone(stage, "sms") for _ in range(3)]
    before = count(stage, "SELECT count(*) FROM message WHERE author = 'person'")
    killer = threading.Timer(0.15, stage.kill, [victim])
    killer.start()
    sids = {phone.number: [f"SM{uuid4().hex}" for _ in range(3)] for phone in phones}
    for turn in range(3):
        for phone in phones:
            phone.write("salam, mujhe madad chahiye", sids[phone.number][turn])
    killer.join()
    # Twilio delivers again what it is not sure of: every message a second time.
    for phone in phones:
        for sid in sids[phone.number]:
            phone.write("salam, mujhe madad chahiye", sid)
    assert count(stage, "SELECT count(*) FROM message WHERE author = 'person'") == before + 9
    wait_for(
        lambda: count(stage, "SELECT count(*) FROM message WHERE processed_at IS NULL") == 0,
        WELL_AGAIN,
        f"everything processed after {victim} died",
    )
    wait_for(
        lambda: (
            count(
                stage,
                "SELECT count(*) FROM message WHERE delivery IN ('queued', 'sending', 'unknown')",
            )
            == 0
        ),
        WELL_AGAIN,
        f"everything delivered after {victim} died",
    )
    for phone in phones:
        # Three questions, three answers, and once the note about the phone's history.
        answers = [text for text in phone.read() if text not in UNASKED]
        assert len(answers) == 3, phone.read()
        assert sum(text in HISTORY for text in phone.read()) <= 1


def test_the_whole_stops_and_starts_again_with_everything_there(stage: Stage) -> None:
    page = Page(stage)
    page.write(CRISIS)
    said = page.lines
    assert len(said) >= 2
    stage.stop()
    stage.start()
    page.press("refresh")
    assert page.lines[: len(said)] == said
    page.press("erase_now")


@pytest.mark.parametrize("victim", ["worker-1", "postgres"])
def test_an_unclaimed_alarm_is_paged_again_on_time(stage: Stage, victim: str) -> None:
    page = Page(stage)
    page.write(CRISIS)
    steps = (
        "SELECT count(DISTINCT step) FROM page WHERE escalation_id = "
        "(SELECT id FROM escalation ORDER BY opened_at DESC LIMIT 1)"
    )
    wait_for(lambda: count(stage, steps) >= 1, 5, "the first page")
    began = time.monotonic()
    stage.kill(victim)
    wait_for(lambda: _reaches(stage, steps, 2), PAGE_STEPS[1] + 15, "the second page")
    assert time.monotonic() - began < PAGE_STEPS[1] + 12
    page.press("erase_now")


def _reaches(stage: Stage, query: str, wanted: int) -> bool:
    try:
        return count(stage, query) >= wanted
    except (psycopg.Error, OSError, IndexError):
        return False  # the database is just being started again
