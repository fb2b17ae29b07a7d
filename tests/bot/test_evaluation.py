"""The measuring itself, and the floors that the model must hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.evaluation import cases
from bot.evaluation.figures import Share, calibration, calibration_error, headline, wilson
from bot.evaluation.floors import broken
from bot.evaluation.noise import NOISES
from bot.evaluation.report import render
from bot.evaluation.results import Measuring, Result, Results
from bot.lines import Line
from tests.bot.talking import LOOP


def result(level: str, found: str, score: float, variant: str = "ur-Latn") -> Result:
    """A line of a level and what was found of it."""
    danger = level != "none"
    line = Line(
        variant, "risk" if danger else "everyday", "suicide_risk" if danger else "out_of_scope",
        level, "suicide" if danger else "-", "self", "f", "direct", "text",
    )  # fmt: skip
    risk = {"level": found, "kind": "suicide", "score": score}
    language, script = variant.split("-")
    seen = {"risk": risk, "intent": line.intent, "language": language, "script": script}
    return Result(variant, line, seen)


SOME = [
    result("critical", "critical", 0.9),
    result("elevated", "none", 0.1),
    result("none", "none", 0.1),
    result("none", "elevated", 0.5, "sd-Arab"),
    result("critical", "critical", 0.9, "sd-Arab"),
]


def test_wilson_is_the_published_interval() -> None:
    # Newcombe 1998, table I: 81 of 263.
    low, high = wilson(Share(81, 263))
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_headline_counts_what_it_says() -> None:
    figures = headline(Results(lines=SOME))
    assert figures["recall"] == round(2 / 3, 3)
    assert (figures["recall_worst_variant"], figures["recall_spread"]) == (0.5, 0.5)
    assert figures["alarms_other"] == 0.5
    assert figures["kind_right"] == 1.0


def test_calibration_compares_score_and_truth() -> None:
    tenths = calibration(SOME)
    assert [(round(mean, 1), true.hits, true.total) for mean, true in tenths] == [
        (0.1, 1, 2), (0.5, 0, 1), (0.9, 2, 2),
    ]  # fmt: skip
    assert calibration_error(SOME) == pytest.approx((0.4 * 2 + 0.5 + 0.1 * 2) / 5)


def test_a_broken_floor_is_named(tmp_path: Path) -> None:
    path = tmp_path / "floors.toml"
    path.write_text("[at_least]\nrecall = 0.9\n[at_most]\nalarms_other = 0.01\n")
    assert broken({"recall": 0.8, "alarms_other": 0.0}, path) == ["recall is 0.8, floor 0.9"]
    with pytest.raises(ConfigurationError):
        broken({"recall": 0.95}, path)


@pytest.mark.parametrize("name", NOISES)
def test_noise_changes_a_text_and_always_in_the_same_way(name: str) -> None:
    text = "Mujhe kal raat phir message aaya tha, bachao kisi tarah."
    assert NOISES[name](text) == NOISES[name](text) != text
    assert NOISES[name]("") == ""


def test_the_report_has_every_table_it_has_cases_for() -> None:
    report = render(Results(lines=SOME, milliseconds=[1.0]), ())
    assert "| sd-Arab | 100.0% (1/1" in report
    assert "Ordinary sentences" not in report
    found = {cases.MIDDLE: [(cases.Levelled("sd-Arab", "critical", "x"), True)]}
    report = render(Results(lines=SOME, levelled=found, milliseconds=[1.0]), ())
    assert "In the middle of a story" in report
    assert "Danger beside another matter" not in report


# Nobody has written drawn scenes of these yet.
_UNWRITTEN = {"bal-Arab", "bal-Latn", "ps-Arab"}


def test_written_cases_are_well_formed() -> None:
    conversations = cases.conversations()
    assert {one.variant for one in conversations} >= {line.variant for line in cases.lines()}
    for one in conversations:
        # Once somebody is known to be in danger, that stays so.
        assert list(one.rings) == sorted(one.rings)
    assert all(one.level in {"none", "elevated", "critical"} for one in cases.swaps())
    assert len(cases.entity_cases()) > 100
    variants = {line.variant for line in cases.lines()}
    for name in cases.LEVELLED:
        found = cases.levelled(name)
        missing = _UNWRITTEN if name == cases.SCATTERED else set()
        assert {one.variant for one in found} == variants - missing
        assert {one.level for one in found} == {"none", "elevated", "critical"}


# Reads all 5,720 test lines: about two minutes, and more where other work runs.
@pytest.mark.timeout(900)
def test_the_floors_hold(agent: object) -> None:
    measuring = Measuring(agent)  # type: ignore[arg-type]  # Rasa's
    LOOP.run_until_complete(measuring.plain(cases.lines()))
    assert broken(headline(measuring.results)) == []
