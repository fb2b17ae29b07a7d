"""What counts as a clear no to the question about danger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amaan.conversation.risk import effective_risk
from tests.fakes import parse

NO = parse("deny")
MATTER = replace(parse("report_blackmail"), matter="report_blackmail")


@pytest.mark.parametrize(
    ("answer", "level", "denied"),
    [
        (NO, "none", True),
        (replace(NO, confidence=0.5), "critical", False),
        (MATTER, "critical", False),
        # "No no. He has my pictures": a clear no, whatever follows it.
        (replace(MATTER, denies=True), "none", True),
        (replace(NO, confidence=0.5, denies=True, matter="report_blackmail"), "none", True),
        # "No. I want to talk to a person", "no, yes", "no, but tomorrow", and a danger half heard.
        (replace(NO, confidence=0.5, denies=True), "critical", False),
        (replace(parse("request_human"), denies=True), "critical", False),
        (replace(parse("affirm"), denies=True), "critical", False),
        (replace(parse("suicide_risk"), denies=True, matter="report_blackmail"), "critical", False),
        (replace(parse("suicide_risk", level="elevated", kind="suicide"), denies=True),
         "critical", False),
    ],
)  # fmt: skip
def test_only_a_clear_no_denies(answer: object, level: str, denied: bool) -> None:
    risk, is_denied = effective_risk(answer, "suicide")  # type: ignore[arg-type]
    assert (risk.level, is_denied) == (level, denied)


def test_without_a_question_nothing_is_denied() -> None:
    assert effective_risk(replace(NO, denies=True), None) == (NO.risk, False)
