"""From one run to its figures and bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from bench.figures import Figure, percentile
from bench.handoff import judge
from bench.handoff.consoles import Console
from bench.handoff.deeds import Deeds, Rung
from bench.handoff.house import Outage
from bench.handoff.judge import Rules
from bench.handoff.records import Records, Sent

SEEN_BAR, LATE_BAR = 1.0, 2.0
"""Seconds, of 99 in 100: until every console knows of an alarm; a page later than due."""
BEFORE, AFTER = 0.5, 2.0
"""What rings or is due so shortly before the database dies, or after it runs again, counts to
its restart: connections are found broken and made anew then."""
_NEAR_PAGE = 5.0


@dataclass(frozen=True)
class Run:
    """Everything that a run left."""

    rung: Sequence[Rung]
    consoles: Sequence[Console]
    records: Records
    sent: Sent
    numbers: Mapping[UUID, str]
    rules: Rules
    outages: Sequence[Outage]
    alarms: int
    deeds: Deeds
    console_core: float
    """How much of one core the console's server used, 0 to 1."""


def figures(run: Run) -> list[Figure]:
    """What was measured, in the order in which it is read."""
    return [
        *_seen(run),
        *_pages(run),
        *_nothing_lost(run),
        *_about(run),
    ]


def _in_restart(run: Run) -> Callable[[float, float], bool]:
    outages = [
        (outage.began, outage.ended if outage.ended is not None else run.rules.end)
        for outage in run.outages
        if outage.victim == "database"
    ]
    return lambda begin, end: judge.overlaps(begin, end, outages, BEFORE, AFTER)


def _spread(
    name: str, values: Sequence[float], bar: float | None = None, note: str = ""
) -> list[Figure]:
    if not values:
        return []
    return [
        Figure(f"{name}_p50", percentile(values, 50), "s", None, f"of {len(values)}"),
        Figure(f"{name}_p99", percentile(values, 99), "s", bar, note),
        Figure(f"{name}_max", max(values), "s"),
    ]


def _seen(run: Run) -> list[Figure]:
    restarting = _in_restart(run)
    told: list[tuple[Rung, float]] = []
    for console in run.consoles:
        found = judge.delays((one.at for one in run.rung), console.changed)
        told.extend(zip(run.rung, found, strict=True))
    shown = [
        (one, judge.shown_after(one.case, one.at, console.pages))
        for console in run.consoles
        if console.reads
        for one in run.rung
    ]
    return [
        *_spread("alarm_told", [d for _, d in told], SEEN_BAR, "commit until each console's event"),
        *_spread("alarm_told_in_restart", [d for one, d in told if restarting(one.at, one.known)]),
        *_spread(
            "alarm_told_otherwise", [d for one, d in told if not restarting(one.at, one.known)]
        ),
        *_spread("alarm_shown", [d for _, d in shown], SEEN_BAR, "until the queue read shows it"),
        *_spread(
            "alarm_shown_in_restart", [d for one, d in shown if restarting(one.at, one.known)]
        ),
        *_spread(
            "alarm_shown_otherwise", [d for one, d in shown if not restarting(one.at, one.known)]
        ),
    ]


def _pages(run: Run) -> list[Figure]:
    paging = judge.judge_pages(run.records.cases, run.records.pages, run.rules)
    counted = judge.judge_sent(run.records.pages, run.numbers, run.sent)
    restarting = _in_restart(run)
    late = paging.late
    heard = {console.worker.staff_id: console.paged for console in run.consoles}
    rang = {console.worker.staff_id: console.rang for console in run.consoles}
    return [
        *_spread("page_late", [by for _, by in late], LATE_BAR, "sent later than due"),
        *_spread("page_late_in_restart", [by for due, by in late if restarting(due, due)]),
        *_spread("page_late_otherwise", [by for due, by in late if not restarting(due, due)]),
        _none("steps_lost", paging.lost, "due, and nobody was called"),
        _none("steps_to_others", paging.wrong, "called others than they should"),
        _none("steps_uncalled_for", paging.uncalled_for, "of cases taken, or before their time"),
        _none("pages_lost", counted.missing, "sent, and not with the provider"),
        _none("pages_doubled", counted.doubled, "with the provider more often than made"),
        _none("pages_unsure", paging.unknown, "failed, or nobody knows"),
        _none("pages_unheard", judge.unrung(run.records.pages, heard), "her console was not told"),
        _none(
            "consoles_rung_wrongly",
            judge.rung_wrongly(run.records.pages, rang, _NEAR_PAGE),
            "told, and nobody called her",
        ),
    ]


def _nothing_lost(run: Run) -> list[Figure]:
    cases = run.records.cases
    rung = {one.case for one in run.rung}
    missing, left = judge.judge_jobs(cases, run.records.jobs, run.rules)
    said = run.records.said
    unsent = sum(count for state, count in said.items() if state not in _SAID)
    reached = run.sent.said.total()
    return [
        _none("alarms_lost", run.alarms - len(rung & {case.id for case in cases})),
        _none("cases_doubled", len(cases) - len({case.conversation_id for case in cases})),
        _none("timers_lost", missing, "next steps of waiting cases"),
        _none("jobs_left", left, "failed, or due and not done"),
        _none("words_lost", unsent + max(0, said.total() - unsent - reached), "said to her"),
        _none("words_doubled", max(0, reached - said.total() + unsent), "said to her"),
    ]


_SAID = frozenset({"sent", "delivered", "read"})


def _about(run: Run) -> list[Figure]:
    first = _most(
        staff_id for staff_id, _ in {(p.staff_id, p.case) for p in run.records.pages if p.step == 0}
    )
    ended = [outage.ended - outage.began for outage in run.outages if outage.ended is not None]
    return [
        Figure("alarms", len(run.rung), ""),
        Figure("cases_taken", run.deeds.claimed, ""),
        Figure("cases_given_back", run.deeds.released, ""),
        Figure("deeds_refused", run.deeds.refused, "", 0, "buttons that did not do as told"),
        Figure("pages", len(run.records.pages), ""),
        Figure("first_called_most", first, "", None, "cases for which one person was called first"),
        Figure("console_core", 100 * run.console_core, "%", None, "of one core, its server used"),
        Figure("streams_broken", sum(console.breaks for console in run.consoles), ""),
        _none("sessions_ended", sum(console.ended for console in run.consoles)),
        *_spread("restart", ended, None, "of a killed process, until it runs again"),
    ]


def _most(ids: Iterable[UUID]) -> int:
    counts: dict[UUID, int] = {}
    for one in ids:
        counts[one] = counts.get(one, 0) + 1
    return max(counts.values(), default=0)


def _none(name: str, count: int, note: str = "") -> Figure:
    return Figure(name, count, "", 0, note)
