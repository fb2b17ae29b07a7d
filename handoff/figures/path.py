"""The path of one case, read from the trail: when she waited for a human, which steps were due.

The case's own row holds only how things stand now; a claim that was given back, or a
second wait after a first talk, is known from the trail alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from handoff.audit import Tag
from handoff.ladder import REALERT_AFTER
from handoff.states import CALLING, State

LATE_AFTER = timedelta(seconds=2)
"""A page that goes out later than this after its step's time was missed."""
FIRST_ALARM = "first_alarm"
RANG_AGAIN = "rang_again"
"""The chat had been given back to the assistant, and a further alarm called anew."""
HOLDER_LEFT = "holder_left"
"""Whoever held the chat left it, or her console was gone."""
TAGS = (
    Tag.ESCALATION_OPENED,
    Tag.ESCALATION_RAISED,
    Tag.ESCALATION_STEPPED,
    Tag.ESCALATION_CLAIMED,
    Tag.ESCALATION_ENGAGED,
    Tag.MESSAGE_SENT,
    Tag.ESCALATION_HANDED_OVER,
    Tag.ESCALATION_RELEASED,
    Tag.ESCALATION_LAPSED,
    Tag.HONOUR_OVERDUE,
    Tag.TIER_SET,
    Tag.ESCALATION_CLOSED,
    Tag.ESCALATION_ERASED,
)
"""The events that a path is read from."""
CAUSES = (FIRST_ALARM, RANG_AGAIN, HOLDER_LEFT)


@dataclass(frozen=True)
class Event:
    """What the trail holds of one deed on the case."""

    at: datetime
    tag: str
    detail: dict[str, Any]


@dataclass
class Wait:
    """A time in which nobody had written to her since she needed a human."""

    begun: datetime
    cause: str
    level: str
    """Of the alarm that began it; the case may have been raised since."""
    claimed: datetime | None = None
    worded: datetime | None = None
    """When a supervisor's first message was sent."""
    ended: datetime | None = None
    """The first human word, or the end of the case without one; None while she waits."""


@dataclass
class Run:
    """One running of the ladder."""

    ladder: int
    starts: datetime
    ends: datetime | None = None
    stepped: dict[int, datetime] = field(default_factory=dict)
    """When each step was carried out."""

    def due(self, seconds: Sequence[int], until: datetime) -> list[tuple[int, datetime]]:
        """The steps whose time came while somebody had still to be called, by `until`.

        A step within `LATE_AFTER` of the end is not counted: somebody came as it was due.
        """
        planned = [(step, self.starts + timedelta(seconds=s)) for step, s in enumerate(seconds)]
        planned += [
            (step + 1, at + REALERT_AFTER)
            for step, at in self.stepped.items()
            if step >= len(seconds) - 1
        ]
        over = min(until, self.ends) if self.ends is not None else until
        return [(step, at) for step, at in planned if at + LATE_AFTER <= over]

    def missed(
        self,
        seconds: Sequence[int],
        sent: Iterable[tuple[int, int, datetime]],
        until: datetime,
    ) -> int:
        """How many of the due steps were missed; `sent` are pages as ladder, step, time.

        A step is kept when a page of it, or of a later step taken early, went out in time.
        """
        own = [(step, at) for ladder, step, at in sent if ladder == self.ladder]
        return sum(
            not any(later >= step and at <= due + LATE_AFTER for later, at in own)
            for step, due in self.due(seconds, until)
        )


@dataclass
class Path:
    """Everything she waited for in one case, in order, and every ladder."""

    waits: list[Wait] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)


def path_of(events: Iterable[Event], *, elevated_after: timedelta, steps: int) -> Path:
    """The path of a case from its events in order; a ladder has `steps` steps.

    `elevated_after` is how long the first page of an elevated case waits.
    """
    walk = _Walk(elevated_after, steps)
    for event in events:
        deed = walk.deeds.get(event.tag)
        if deed is not None:
            deed(event)
    return walk.path


class _Walk:
    """Goes along the events of one case."""

    def __init__(self, elevated_after: timedelta, steps: int) -> None:
        self.path = Path()
        self._elevated_after = elevated_after
        self._last_step = steps - 1
        self._wait: Wait | None = None
        self._level = ""
        self._held = False
        self._offered = False
        steps_along: tuple[Callable[[Event], None], ...] = (
            self._opened,
            self._raised,
            self._stepped,
            self._claimed,
            self._worded,
            self._worded,
            self._handed_over,
            self._released,
            self._left,
            self._overdue,
            self._tier_set,
            self._closed,
            self._closed,
        )
        self.deeds = {tag.value: deed for tag, deed in zip(TAGS, steps_along, strict=True)}

    @property
    def _run(self) -> Run | None:
        return self.path.runs[-1] if self.path.runs else None

    @property
    def _ladder(self) -> int:
        return self._run.ladder if self._run is not None else 0

    def _opened(self, event: Event) -> None:
        self._begin(event, FIRST_ALARM)
        later = self._elevated_after if event.detail.get("level") == "elevated" else timedelta(0)
        self._call(event.at, 1, event.at + later)

    def _raised(self, event: Event) -> None:
        calls_anew = event.detail.get("ladder", 0) > self._ladder
        self._level = event.detail.get("level", self._level)
        if self._wait is None and calls_anew:
            self._begin(event, RANG_AGAIN)
        rose = event.detail.get("rose") and event.detail.get("level") == "critical"
        if self._wait is not None and rose and not self._held:
            # Measured from the alarm that made it critical; she did not say so before.
            self._wait.begun, self._wait.level, self._wait.claimed = event.at, "critical", None
        if calls_anew:
            self._call(event.at, event.detail["ladder"])

    def _stepped(self, event: Event) -> None:
        ladder = event.detail["ladder"]
        if ladder > self._ladder:
            self._call(event.at, ladder)
        for run in self.path.runs:
            if run.ladder == ladder:
                run.stepped[event.detail["step"]] = event.at

    def _claimed(self, event: Event) -> None:
        self._held, self._offered = True, False
        self._stop_calling(event.at)
        if self._wait is not None:
            self._wait.claimed = self._wait.claimed or event.at

    def _worded(self, event: Event) -> None:
        if self._wait is not None:
            self._wait.worded = event.at
            self._end(event.at)

    def _handed_over(self, event: Event) -> None:
        if event.detail.get("state") == State.OPEN:
            self._left(event)
            return
        self._offered = True
        self._call(event.at, event.detail.get("ladder", self._ladder + 1))

    def _released(self, event: Event) -> None:
        if event.detail.get("state") != State.OPEN:
            self._held = self._offered = False
            self._end(event.at)
            return
        run = self._run
        runs = self._offered and run is not None and max(run.stepped, default=-1) < self._last_step
        self._left(event)
        if not runs:
            self._call(event.at, self._ladder + 1)

    def _left(self, event: Event) -> None:
        self._held = self._offered = False
        if self._wait is None:
            self._begin(event, HOLDER_LEFT)
        ladder = event.detail.get("ladder", 0)
        if ladder > self._ladder:
            self._call(event.at, ladder)

    def _overdue(self, event: Event) -> None:
        if event.detail.get("state") in CALLING:
            self._call(event.at, self._ladder + 1)

    def _tier_set(self, event: Event) -> None:
        run = self._run
        waits = run is not None and run.ends is None and run.starts > event.at
        if waits and event.detail.get("tier") == "critical" != event.detail.get("before"):
            self._call(event.at, self._ladder + 1)

    def _closed(self, event: Event) -> None:
        self._held = self._offered = False
        self._stop_calling(event.at)
        self._end(event.at)

    def _begin(self, event: Event, cause: str) -> None:
        # Not every event names the level; alarms do.
        self._level = event.detail.get("level", self._level)
        self._wait = Wait(event.at, cause, self._level)
        self.path.waits.append(self._wait)

    def _end(self, at: datetime) -> None:
        if self._wait is not None:
            self._wait.ended = at
            self._wait = None

    def _call(self, at: datetime, ladder: int, starts: datetime | None = None) -> None:
        self._stop_calling(at)
        self.path.runs.append(Run(ladder, starts or at))

    def _stop_calling(self, at: datetime) -> None:
        if self._run is not None and self._run.ends is None:
            self._run.ends = at
