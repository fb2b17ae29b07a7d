"""What the pages of hours and pauses say, as the tests read it."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
from sqlalchemy import select

from amaan.storage.models import (
    Staff,
)
from tests.handoff.console.conftest import House

HOUR = timedelta(hours=1)


def bar_of(answer: httpx.Response) -> str:
    """The words of the bar of a page."""
    found = re.search(r'id="mine-state".*?</p>', answer.text, re.DOTALL)
    return words(found.group()) if found else ""


def words(markup: str) -> str:
    """What is read aloud, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", "<" + markup)).split())


async def person(house: House, name: str) -> Staff:
    """A person as stored."""
    async with house.core.database.transaction() as tx:
        found = await tx.session.scalar(select(Staff).where(Staff.sign_in_name == name))
        assert found is not None
        return found
