"""The path of a case from its trail: waits, ladders, steps that were missed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from handoff.figures.path import Event, Path, path_of
from tests.conftest import START

STEPS = (0, 120, 240, 360)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def walk(*deeds: tuple[float, str, dict[str, Any]]) -> Path:
    """The path of a case from (seconds, tag, detail)."""
    events = [Event(at(seconds), f"escalation:{tag}", detail) for seconds, tag, detail in deeds]
    return path_of(events, elevated_after=timedelta(minutes=15), steps=len(STEPS))


OPENED = (0.0, "opened", {"level": "critical"})
TALKED = (
    OPENED,
    (50.0, "claimed", {"state": "claimed"}),
    (80.0, "engaged", {"state": "engaged"}),
)


# The path


def test_the_first_wait_ends_with_the_first_human_word() -> None:
    path = walk(*TALKED, (900.0, "closed", {"state": "closed"}))
    (wait,) = path.waits
    assert (wait.begun, wait.claimed, wait.worded, wait.ended) == (at(0), at(50), at(80), at(80))
    (run,) = path.runs
    assert (run.starts, run.ends) == (at(0), at(50))


def test_a_claim_given_back_before_a_word_goes_on_with_the_same_wait() -> None:
    path = walk(
        OPENED,
        (50, "claimed", {}),
        (70, "released", {"state": "open"}),
        (170, "claimed", {}),
        (200, "engaged", {}),
    )
    (wait,) = path.waits
    assert (wait.claimed, wait.worded) == (at(50), at(200))
    assert [(run.ladder, run.starts, run.ends) for run in path.runs] == [
        (1, at(0), at(50)),
        (2, at(70), at(170)),
    ]


def test_a_case_that_becomes_critical_is_measured_from_then() -> None:
    path = walk(
        (0, "opened", {"level": "elevated"}),
        (600, "raised", {"level": "critical", "rose": True, "ladder": 2}),
        (640, "claimed", {}),
        (660, "engaged", {}),
    )
    (wait,) = path.waits
    assert (wait.begun, wait.level, wait.worded) == (at(600), "critical", at(660))
    assert [run.starts for run in path.runs] == [at(900), at(600)]
    assert [len(run.due(STEPS, at(5_000))) for run in path.runs] == [0, 1]


def test_who_became_critical_after_a_first_talk_was_called_for_as_less() -> None:
    path = walk(
        (0, "opened", {"level": "elevated"}),
        (300, "claimed", {}),
        (330, "engaged", {}),
        (500, "raised", {"level": "critical", "rose": True, "ladder": 1}),
        (700, "claim_lapsed", {"ladder": 2}),
    )
    assert [(wait.level, wait.begun) for wait in path.waits] == [
        ("elevated", at(0)),
        ("critical", at(700)),
    ]


def test_a_further_alarm_while_somebody_is_there_is_no_new_wait() -> None:
    path = walk(*TALKED, (100, "raised", {"level": "critical", "rose": False, "ladder": 1}))
    assert len(path.waits) == 1
    assert len(path.runs) == 1


def test_waits_that_come_again() -> None:
    path = walk(
        *TALKED,
        (300, "released", {"state": "released"}),
        (400, "raised", {"level": "critical", "rose": False, "ladder": 2}),
        (430, "claimed", {}),
        (450, "engaged", {}),
        (700, "claim_lapsed", {"ladder": 3}),
        (760, "claimed", {}),
        (790, "engaged", {}),
    )
    assert [(wait.cause, wait.begun, wait.worded) for wait in path.waits] == [
        ("first_alarm", at(0), at(80)),
        ("rang_again", at(400), at(450)),
        ("holder_left", at(700), at(790)),
    ]
    assert [run.ladder for run in path.runs] == [1, 2, 3]


@pytest.mark.parametrize("stepped", [0, 3])
def test_who_leaves_a_chat_that_she_offers(stepped: int) -> None:
    """The ladder of the offer goes on while it has steps; after its last one a new one begins."""
    path = walk(
        *TALKED,
        (100, "handed_over", {"state": "handed_over", "ladder": 2}),
        (100, "stepped", {"ladder": 2, "step": stepped}),
        (500, "released", {"state": "open"}),
        (560, "claimed", {}),
    )
    assert [wait.cause for wait in path.waits] == ["first_alarm", "holder_left"]
    assert [run.ladder for run in path.runs] == ([1, 2] if stepped == 0 else [1, 2, 3])
    assert path.runs[-1].ends == at(560)


def test_an_offer_that_is_taken_is_no_wait() -> None:
    path = walk(
        *TALKED,
        (100, "handed_over", {"state": "handed_over", "ladder": 2}),
        (160, "claimed", {}),
        (170, "engaged", {}),
    )
    assert len(path.waits) == 1
    assert [(run.starts, run.ends) for run in path.runs] == [(at(0), at(50)), (at(100), at(160))]


def test_an_overdue_honour_case_and_a_tier_call_anew() -> None:
    path = walk(
        (0, "opened", {"level": "elevated"}),
        (60, "tier_set", {"before": "high", "tier": "critical"}),
        (7_200, "honour_overdue", {"state": "paged"}),
        (7_300, "tier_set", {"before": "critical", "tier": "critical"}),
    )
    assert [(run.ladder, run.starts) for run in path.runs] == [
        (1, at(900)),
        (2, at(60)),
        (3, at(7_200)),
    ]


# Steps that were missed


@pytest.mark.parametrize(
    ("sent", "until", "due", "missed"),
    [
        ([(1, 0, 0)], 119, 1, 0),
        ([(1, 0, 2)], 119, 1, 0),
        ([(1, 0, 3)], 119, 1, 1),
        ([], 1, 0, 0),
        ([], 2, 1, 1),
        ([(1, 0, 0)], 130, 2, 1),
        ([(1, 0, 0), (1, 1, 122)], 130, 2, 0),
        # Nobody was found for the first steps, so the third was taken at once.
        ([(1, 2, 0)], 250, 3, 0),
        ([(2, 0, 0)], 10, 1, 1),
    ],
)
def test_missed_steps(
    sent: list[tuple[int, int, float]], until: float, due: int, missed: int
) -> None:
    (run,) = walk(OPENED).runs
    pages = [(ladder, step, at(seconds)) for ladder, step, seconds in sent]
    assert len(run.due(STEPS, at(until))) == due
    assert run.missed(STEPS, pages, at(until)) == missed


def test_no_step_is_due_once_somebody_came() -> None:
    (run,) = walk(OPENED, (121, "claimed", {})).runs
    assert [step for step, _ in run.due(STEPS, at(9_999))] == [0]
    assert run.missed(STEPS, [(1, 0, at(0))], at(9_999)) == 0


def test_calls_after_the_last_step_are_counted_too() -> None:
    (run,) = walk(OPENED, (360, "stepped", {"ladder": 1, "step": 3})).runs
    assert run.due(STEPS, at(360 + 901))[-1] == (3, at(360))
    assert run.due(STEPS, at(360 + 902))[-1] == (4, at(360 + 900))
