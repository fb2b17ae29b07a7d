"""Lines of the queue as HTML, made once for all consoles that see them alike.

Forty supervisors who look at the same queue of a spike are otherwise shown it only after
forty times the work: 33 ms each for 120 cases (`make bench-handoff`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from amaan.clock import Clock
from handoff.permissions import Permission
from handoff.viewer import Viewer
from handoff.views import CaseLine

_REMEMBERED = 2_048
"""Lines kept, of about a kilobyte each; a line holds no word of hers."""

Render = Callable[..., str]


class Rows:
    """Makes lines with `render`, which takes a template's name and its values.

    A line is made anew each second, because the clocks in it must be right without script.
    """

    def __init__(self, render: Render, clock: Clock) -> None:
        self._clock = clock

        @lru_cache(maxsize=_REMEMBERED)
        def made(
            line: CaseLine, interface: str, is_mine: bool, may_claim: bool, now: datetime
        ) -> Markup:
            text = render(
                "_row.html",
                line=line,
                interface=interface,
                is_mine=is_mine,
                may_claim=may_claim,
                now=now,
            )
            return Markup(text)  # noqa: S704 - a template of ours, which escapes

        self._made = made

    def row(self, line: CaseLine, viewer: Viewer) -> Markup:
        """One case as `viewer` sees it, in the language that is being rendered."""
        return self._made(
            line,
            viewer.interface,
            line.claimed_by == viewer.staff_id,
            viewer.may(Permission.CASE_CLAIM),
            self._clock.now().replace(microsecond=0),
        )
