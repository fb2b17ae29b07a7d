"""The arithmetic: what ought to have happened, held against what did. Reads nothing itself.

What is due follows from the trail of a case alone: when a ladder began, and when somebody
took the case. All times are seconds since the epoch.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from bench.handoff.records import CaseRecord, JobRecord, PageRecord, Sent, named
from handoff.audit import Tag
from handoff.states import WAITING, State

NEAR = 0.5
"""Two times of one transaction, and of the two sides of one lock, differ by less."""
GRACE = 10.0
"""What was due so shortly before the end may still be on its way: late, and not lost."""
_TAKEN = frozenset({Tag.ESCALATION_CLAIMED, Tag.ESCALATION_CLOSED, Tag.ESCALATION_ERASED})


@dataclass(frozen=True)
class LadderRun:
    """One ladder of a case: from its first step's time until somebody came."""

    number: int
    starts: float
    ends: float | None


def ladders(case: CaseRecord, elevated_after: float) -> list[LadderRun]:
    """The ladders of a case by its trail, oldest first."""
    runs: list[LadderRun] = []
    starts: float | None = None
    number = 0
    for event in case.events:
        begins = _begins(event.tag, event.detail, number)
        if starts is not None and (begins or event.tag in _TAKEN):
            runs.append(LadderRun(number, starts, event.at))
            starts = None
        if begins:
            number += 1
            waits = event.tag == Tag.ESCALATION_OPENED and event.detail["level"] == "elevated"
            starts = event.at + (elevated_after if waits else 0.0)
    if starts is not None:
        runs.append(LadderRun(number, starts, None))
    return runs


def _begins(tag: str, detail: Mapping[str, object], number: int) -> bool:
    if tag == Tag.ESCALATION_RELEASED:
        return detail["state"] == State.OPEN
    if tag == Tag.ESCALATION_RAISED:
        return detail["ladder"] != number
    return tag in (Tag.ESCALATION_OPENED, Tag.ESCALATION_LAPSED)


@dataclass
class Paging:
    """What became of every page that was due."""

    late: list[tuple[float, float]] = field(default_factory=list)
    """When each was due, and by how many seconds it went out later; of one that had not gone
    out when somebody came, or at the end, at least so many."""
    lost: int = 0
    """Steps that were due, and nobody was called."""
    wrong: int = 0
    """Steps that called others than they should."""
    uncalled_for: int = 0
    """Steps of cases that somebody had taken, or before their time."""
    unknown: int = 0
    """Pages of which nobody knows whether they went out, and those that surely did not."""


@dataclass(frozen=True)
class Rules:
    """What holds in a run."""

    steps: tuple[int, ...]
    elevated_after: float
    everybody: frozenset[UUID]
    """Who is called at the last step but one."""
    coordinators: frozenset[UUID]
    end: float
    """When the workers were stopped."""


def judge_pages(cases: Iterable[CaseRecord], pages: Sequence[PageRecord], rules: Rules) -> Paging:
    """Holds every step of every ladder against the pages."""
    by_step: dict[tuple[UUID, int, int], list[PageRecord]] = defaultdict(list)
    for page in pages:
        by_step[page.case, page.ladder, page.step].append(page)
    found = Paging()
    for case in cases:
        for run in ladders(case, rules.elevated_after):
            for step, seconds in enumerate(rules.steps):
                made = by_step.pop((case.id, run.number, step), [])
                _judge_step(found, run, step, run.starts + seconds, made, rules)
    # Steps after the last one have no time of their own here; older ladders must be empty.
    found.uncalled_for += sum(step < len(rules.steps) for _, _, step in by_step)
    return found


def _judge_step(
    found: Paging, run: LadderRun, step: int, due: float, made: list[PageRecord], rules: Rules
) -> None:
    until = rules.end if run.ends is None else run.ends
    if due > until:
        found.uncalled_for += bool(made) and due - until > NEAR
        return
    if not made:
        if run.ends is None and until - due > GRACE:
            found.lost += 1
        elif until - due > NEAR:
            found.late.append((due, until - due))
        return
    found.wrong += not _right_people(step, {page.staff_id for page in made}, rules)
    for page in made:
        found.unknown += page.state in ("unknown", "failed")
        if page.sent is not None:
            found.late.append((page.due, page.sent - page.due))
        elif page.state in ("queued", "sending"):
            found.lost += rules.end - page.due > GRACE
            found.late.append((page.due, rules.end - page.due))


def _right_people(step: int, called: set[UUID], rules: Rules) -> bool:
    last = len(rules.steps) - 1
    if step == last:
        return called == rules.coordinators
    if step == last - 1:
        return called == rules.everybody
    return len(called) == 1


@dataclass(frozen=True)
class Counted:
    """What is missing and what is there twice."""

    missing: int
    doubled: int


def judge_sent(pages: Sequence[PageRecord], numbers: Mapping[UUID, str], sent: Sent) -> Counted:
    """Holds the pages that went out against what reached the provider."""
    texts: Counter[tuple[str, str, str]] = Counter()
    calls: Counter[str] = Counter()
    unsure: Counter[tuple[str, str, str] | str] = Counter()
    for page in pages:
        if page.means == "console":
            continue
        number = numbers[page.staff_id]
        text = (page.means, number, named(page))
        if page.state == "unknown":
            unsure[number if page.means == "voice" else text] += 1
        elif page.state == "sent" and page.means == "voice":
            calls[number] += 1
        elif page.state == "sent":
            texts[text] += 1
    missing = (texts - sent.texts).total() + (calls - sent.calls).total()
    more: Counter[tuple[str, str, str] | str] = Counter()
    more.update(sent.texts - texts)
    more.update(sent.calls - calls)
    return Counted(missing, (more - unsure).total())


def judge_jobs(
    cases: Iterable[CaseRecord], jobs: Sequence[JobRecord], rules: Rules
) -> tuple[int, int]:
    """How many timers of waiting cases are missing, and how many jobs failed or were left."""
    waiting = Counter(
        (str(job.args["escalation_id"]), int(job.args["ladder"]), int(job.args["step"]))
        for job in jobs
        if job.task == "handoff:page" and job.status == "todo"
    )
    missing = 0
    for case in cases:
        if case.state not in WAITING:
            continue
        run = ladders(case, rules.elevated_after)[-1]
        for step, seconds in enumerate(rules.steps):
            if run.starts + seconds > rules.end:
                missing += waiting[str(case.id), run.number, step] != 1
    left = sum(job.status != "todo" or (job.scheduled or 0.0) < rules.end - GRACE for job in jobs)
    return missing, left


def next_after(times: Sequence[float], at: float) -> float | None:
    """The first of sorted `times` that is not before `at`."""
    index = bisect_left(times, at)
    return times[index] if index < len(times) else None


def delays(rung: Iterable[float], seen: Sequence[float]) -> list[float]:
    """How long after each alarm one console was told; infinite when it never was."""
    return [math.inf if (at := next_after(seen, one)) is None else at - one for one in rung]


def shown_after(case: UUID, at: float, pages: Sequence[tuple[float, frozenset[UUID]]]) -> float:
    """How long after `at` a console that reads showed the case; infinite when it never did."""
    return next((when - at for when, cases in pages if when >= at and case in cases), math.inf)


def unrung(pages: Iterable[PageRecord], heard: Mapping[UUID, Sequence[float]]) -> int:
    """Pages by console after which that person's console was not told that she is called."""
    return sum(
        next_after(heard[page.staff_id], page.created) is None
        for page in pages
        if page.means == "console" and page.sent is not None and page.staff_id in heard
    )


def rung_wrongly(
    pages: Iterable[PageRecord], rang: Mapping[UUID, Sequence[float]], near: float
) -> int:
    """Times at which a console was told that she is called although no page of hers was sent
    then: from when it was made until it was noted as sent, which a killed process may leave
    to another, and `near` seconds more."""
    sent: dict[UUID, list[tuple[float, float]]] = defaultdict(list)
    for page in pages:
        if page.sent is not None:
            sent[page.staff_id].append((page.created - near, page.sent + near))
    return sum(
        not any(begin <= at <= end for begin, end in sent[staff_id])
        for staff_id, heard in rang.items()
        for at in heard
    )


def overlaps(
    begin: float, end: float, outages: Iterable[tuple[float, float]], before: float, after: float
) -> bool:
    """Whether a time from `begin` to `end` touches an outage, or what is so shortly before or
    after one."""
    return any(end >= began - before and begin <= ended + after for began, ended in outages)
