"""What the console's routes work with: the services of one process."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from amaan.core import Core
from handoff.claims import Claims
from handoff.console.pages import Pages
from handoff.reading import Reading
from handoff.staff import StaffAccounts


@dataclass(frozen=True)
class Office:
    """The services behind the console's routes."""

    core: Core
    staff: StaffAccounts
    reading: Reading
    claims: Claims
    pages: Pages


def office_of(request: Request) -> Office:
    """The office of the app that serves `request`."""
    office: Office = request.app.state.office
    return office
