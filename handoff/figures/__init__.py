"""Figures of a period: how soon a human came, what supervisors judged, whether chats helped."""

from __future__ import annotations

from amaan.core import Core
from amaan.errors import InputError
from handoff.audit import Tag, record
from handoff.figures.ratings import Ratings, load_ratings, make_ratings
from handoff.figures.report import Report, make_report
from handoff.figures.sheet import csv_of
from handoff.figures.times import Period, last_days, load_times
from handoff.permissions import Permission
from handoff.viewer import Viewer

__all__ = ["PERIODS", "Figures", "Period", "Ratings", "Report"]

PERIODS = (7, 30, 90)
"""Days that can be chosen."""
_SUBJECT = "figures"


class Figures:
    """Reads the figures. Small numbers are hidden from everybody, whatever the role."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def report(self, viewer: Viewer, days: int) -> Report:
        """The figures of the last `days` whole days in Pakistan.

        Raises `NotAllowedError`; `InputError` (code ``period``) for days not of `PERIODS`.
        """
        viewer.require(Permission.FIGURES_SEE)
        return await self._report(_checked(days))

    async def ratings(self, viewer: Viewer, report: Report) -> Ratings:
        """What persons answered in the days of `report`. Raises `NotAllowedError`."""
        viewer.require(Permission.FIGURES_SEE)
        return await self._ratings(report.period)

    async def export(self, viewer: Viewer, days: int) -> str:
        """The same as comma-separated values; audited. Raises as `report` does."""
        viewer.require(Permission.FIGURES_EXPORT)
        report = await self._report(_checked(days))
        ratings = await self._ratings(report.period)
        async with self._core.database.transaction() as tx:
            await record(
                tx,
                Tag.FIGURES_EXPORTED,
                at=self._core.clock.now(),
                actor=viewer.staff_id,
                subject=_SUBJECT,
                days=days,
            )
        return csv_of(report, ratings)

    async def _report(self, days: int) -> Report:
        return await self.between(last_days(days, self._core.clock.now()))

    async def _ratings(self, period: Period) -> Ratings:
        async with self._core.database.transaction() as tx:
            return make_ratings(await load_ratings(tx, period))

    async def between(self, period: Period) -> Report:
        """The figures of any period, without a look at who asks: not for pages."""
        async with self._core.database.transaction() as tx:
            times = await load_times(tx, self._core.settings, period)
        return make_report(period, times)


def _checked(days: int) -> int:
    if days not in PERIODS:
        raise InputError("there is no such period", code="period")
    return days
