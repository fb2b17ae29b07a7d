"""Her wishes on the case page: that there are some, and never her words."""

from __future__ import annotations

import html
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from amaan.clock import SetClock
from amaan.conversation.wishes import Wishes
from tests.handoff.console.conftest import WISH_TO_DIE, House
from tests.handoff.test_wishes import keep


@pytest.mark.parametrize(
    ("guard", "said"), [("cover", "Under cover"), ("ask", "Her word is awaited")]
)
async def test_the_case_page_tells_of_the_guard_and_no_word(
    house: House, asma: httpx.AsyncClient, clock: SetClock, guard: str, said: str
) -> None:
    conversation = await house.writes(WISH_TO_DIE, address="+923000000001", door="sms")
    case = await house.case_of(conversation)
    wishes = Wishes("zaitun", "chai ki dukan", (10, 16), never_first=True)
    await keep(house.core, conversation, wishes, guard)
    for path in (f"/cases/{case}", f"/cases/{case}?open=1"):
        page = html.unescape((await asma.get(path)).text)
        assert said in page
        assert "messages only from 10:00 to 16:00" in page
        assert "(not now)" in page.replace("<strong>", "").replace("</strong>", "")
        assert "never be written to first" in page
        assert "zaitun" not in page
        assert "dukan" not in page
    await asma.post(f"/cases/{case}/claim")
    for _ in range(2):
        clock.move(timedelta(minutes=16))
        await asma.get(f"/cases/{case}")
    reply = {"text": "I am here", "reply_id": str(uuid4())}
    page = (await asma.post(f"/cases/{case}/reply", data=reply)).text
    assert "She wished no messages at this hour." in page
    assert "I am here" in page, "what was written is not lost"


async def test_without_wishes_nothing_is_said(house: House, asma: httpx.AsyncClient) -> None:
    conversation = await house.writes(WISH_TO_DIE)
    case = await house.case_of(conversation)
    page = (await asma.get(f"/cases/{case}?open=1")).text
    assert "She wished" not in page
    assert 'id="wishes"' not in page
