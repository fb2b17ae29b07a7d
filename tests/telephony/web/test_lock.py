"""The second person's check: after a pause nothing of the chat is shown but by her word."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.conversation.store import Content, append_message, lock_conversation, read_content
from amaan.conversation.wishes import read_wishes
from amaan.core import Core
from amaan.ports import Option, Parse, Reply, Turn
from amaan.storage.models import Address, Conversation, Message, ReturnCode
from tests.fakes import Bench, FakeScreener, parse
from tests.telephony.web.conftest import ScriptedDialogue, Site, hidden, understand

WORD = "blue kettle"
PAUSE = timedelta(minutes=4)
DANGER = "qzx danger"


def knows_danger(text: str) -> Parse:
    if text == DANGER:
        return parse("imminent_harm", level="critical", kind="harm", language="en", script="Latn")
    return understand(text)


class Dialogue(ScriptedDialogue):
    """Says the words for danger to danger."""

    async def answer(self, turn: Turn) -> list[Reply]:
        if turn.risk.level == "critical":
            text = self.core.catalogues.text("risk.harm.critical", "en-Latn", "web")
            return [Reply("risk.harm.critical", text, (Option("x", "affirm"),))]
        return await super().answer(turn)


@pytest.fixture
def dialogue(core: Core) -> ScriptedDialogue:
    dialogue = Dialogue(core)
    dialogue.gate.set()
    return dialogue


@pytest.fixture
def bench(core: Core, dialogue: ScriptedDialogue) -> Bench:
    return Bench(core, screener=FakeScreener(knows_danger), dialogue=dialogue)


def say(site: Site, key: str, tag: str = "ur-Arab") -> str:
    return site.bench.core.catalogues.text(key, tag, "web")


async def started(site: Site, text: str = "hello marker") -> str:
    secret = hidden((await site.client.get("/")).text, "secret")
    await site.post(secret=secret, message_key="key-0001", text=text)
    return secret


async def with_word(site: Site, word: str = WORD) -> str:
    secret = await started(site)
    page = await site.post(secret=secret, started="1", do="word", word=word)
    assert say(site, "web.lock_saved") in page.text
    assert "marker" in page.text
    return secret


async def conversation_of(site: Site) -> Conversation:
    async with site.bench.core.database.transaction() as tx:
        found = await tx.session.scalar(select(Conversation))
    assert found is not None
    return found


def is_closed(page: httpx.Response) -> bool:
    shows = "marker" in page.text or '<li class="you"' in page.text
    assert hidden(page.text, "locked") == ("" if shows else "1")
    return not shows


async def test_the_word_is_kept_folded_and_sealed(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    await with_word(site, "Blue-KETTLE!")
    core = site.bench.core
    async with core.database.transaction() as tx:
        conversation = await tx.session.scalar(select(Conversation))
        assert conversation is not None
        key = await core.vault.open_key(tx, conversation.id)
    assert read_wishes(key, conversation).word == "blue ketle"
    assert conversation.wishes_sealed is not None
    assert b"ketle" not in conversation.wishes_sealed
    assert "ettle" not in "".join(capfd.readouterr()).lower()


@pytest.mark.parametrize("word", ["", "!!", "12", "erase", "x" * 60, "one two three four"])
async def test_what_cannot_be_a_word_changes_nothing(site: Site, word: str) -> None:
    secret = await started(site)
    page = await site.post(secret=secret, started="1", do="word", word=word)
    assert say(site, "private.unclear") in page.text
    assert (await conversation_of(site)).wishes_sealed is None


async def test_without_a_word_a_pause_closes_nothing(site: Site, clock: SetClock) -> None:
    secret = await started(site)
    clock.move(timedelta(days=1))
    assert not is_closed(await site.post(secret=secret, started="1", do="refresh"))
    page = await site.post(secret=secret, started="1", do="lock")
    assert not is_closed(page)


async def test_after_a_pause_every_press_shows_only_the_question(
    site: Site, clock: SetClock
) -> None:
    secret = await with_word(site)
    clock.move(PAUSE)
    for fields in (
        {"do": "refresh"},
        {"do": "refresh", "after": "0"},
        {"do": "lang", "lang": "en-Latn", "page_lang": "ur-Arab"},
        {"do": "erase"},
        {"do": "keep"},
    ):
        page = await site.post(secret=secret, started="1", **fields)
        assert is_closed(page), fields
        tag = "en-Latn" if fields["do"] == "lang" else "ur-Arab"
        assert say(site, "web.lock_ask", tag) in page.text
        assert say(site, "web.new_chat", tag) in page.text
        answer = (await site.ask(secret=secret, started="1", **fields)).json()
        assert (answer["messages"], answer["closed"]) == ([], "ask")
    assert (await conversation_of(site)).guard == "ask"


async def test_her_word_opens_and_anything_else_does_not(site: Site, clock: SetClock) -> None:
    secret = await with_word(site)
    clock.move(PAUSE)
    page = await site.post(secret=secret, started="1", text="kettle", message_key="key-0002")
    assert is_closed(page)
    assert say(site, "web.lock_ask") in page.text
    page = await site.post(
        secret=secret, started="1", locked="1", text="red kettle", message_key="key-0003"
    )
    assert is_closed(page)
    assert say(site, "web.lock_wrong") in page.text
    page = await site.post(
        secret=secret, started="1", locked="1", text=" BLUE  kettle", message_key="key-0004"
    )
    assert not is_closed(page)
    assert say(site, "guard.opened", "en-Latn").split(".")[0] in page.text
    # What was written meanwhile was taken in, her word is nowhere.
    assert "red kettle" in page.text
    assert "BLUE" not in page.text
    # A press counts as a sign of life, and the next pause closes again.
    clock.move(PAUSE / 2)
    assert not is_closed(await site.post(secret=secret, started="1", do="refresh"))
    clock.move(PAUSE / 2)
    assert not is_closed(await site.post(secret=secret, started="1", do="refresh"))
    clock.move(PAUSE)
    assert is_closed(await site.post(secret=secret, started="1", do="refresh"))


async def test_a_life_weighs_more_than_a_hidden_screen(site: Site, clock: SetClock) -> None:
    """Danger is screened, rings and is answered while her word is awaited; nothing else shows."""
    secret = await with_word(site)
    clock.move(PAUSE)
    await site.post(secret=secret, started="1", do="refresh")
    page = await site.post(
        secret=secret, started="1", locked="1", text=DANGER, message_key="key-0002"
    )
    first = say(site, "risk.harm.critical", "en-Latn").split("\n")[0].split(".")[0]
    assert first in page.text
    assert "marker" not in page.text
    assert DANGER not in page.text
    assert '<li class="you"' not in page.text
    alarms = site.bench.desk.alarms  # type: ignore[attr-defined]
    assert [alarm.level for _, alarm in alarms] == ["critical"]
    assert any(rule.startswith("guard.") for rule in alarms[0][1].rules)
    core = site.bench.core
    async with core.database.transaction() as tx:
        conversation = await tx.session.scalar(select(Conversation))
        assert conversation is not None
        key = await core.vault.open_key(tx, conversation.id)
        rows = await tx.session.scalars(select(Message).where(Message.author == "person"))
        notes = [read_content(key, row).notes for row in rows]
    assert notes[-1] == {"closed"}


async def test_the_answer_to_danger_before_the_pause_is_hidden_too(
    site: Site, clock: SetClock
) -> None:
    secret = await with_word(site)
    page = await site.post(secret=secret, started="1", text=DANGER, message_key="key-0002")
    first = say(site, "risk.harm.critical", "en-Latn").split("\n")[0].split(".")[0]
    assert first in page.text
    clock.move(PAUSE)
    page = await site.post(secret=secret, started="1", do="refresh")
    assert is_closed(page)
    assert first not in page.text


async def test_under_cover_the_page_looks_harmless(site: Site, clock: SetClock) -> None:
    secret = await with_word(site)
    async with site.bench.core.database.transaction() as tx:
        conversation = await lock_conversation(tx, (await conversation_of(site)).id)
        assert conversation is not None
        conversation.guard = "cover"
    page = await site.post(secret=secret, started="1", do="refresh")
    assert is_closed(page)
    assert say(site, "cover.reply") in page.text
    assert say(site, "web.lock_ask") not in page.text.replace(
        f'data-ask="{say(site, "web.lock_ask")}"', ""
    )


async def test_the_script_closes_at_once_and_before_anything_else(site: Site) -> None:
    secret = await with_word(site)
    answer = (await site.ask(secret=secret, started="1", do="lock")).json()
    assert (answer["messages"], answer["closed"], answer["word"]) == ([], "ask", True)
    page = await site.post(
        secret=secret, started="1", text=WORD, message_key="key-0002", locked="1"
    )
    assert not is_closed(page)
    # A page that could not say so before says it with its next press.
    answer = await site.ask(secret=secret, started="1", text="hi", message_key="key-0003", lock="1")
    assert (answer.json()["messages"], answer.json()["closed"]) == ([], "ask")


async def test_looks_by_script_are_no_sign_of_life_but_its_word_is(
    site: Site, clock: SetClock
) -> None:
    secret = await with_word(site)
    clock.move(PAUSE / 2)
    await site.ask(secret=secret, started="1", do="refresh")
    clock.move(PAUSE / 2)
    answer = (await site.ask(secret=secret, started="1", do="refresh")).json()
    assert answer["closed"] == "ask"
    await site.post(secret=secret, started="1", text=WORD, message_key="key-0002")
    for number in range(3):
        clock.move(PAUSE / 2)
        answer = (await site.ask(secret=secret, started="1", do="refresh", awake="1")).json()
        assert answer["closed"] == "", number


async def test_the_stream_closes_and_opens(site: Site, clock: SetClock) -> None:
    secret = await with_word(site)
    heard: list[dict[str, object]] = []
    async with site.client.stream(
        "POST", "/live", data={"secret": secret, "started": "1", "after": "2"}
    ) as stream:
        async for row in stream.aiter_lines():
            if not row.startswith("data: "):
                continue
            heard.append(json.loads(row[6:]))
            if len(heard) == 1:
                await site.ask(secret=secret, started="1", do="lock")
            elif len(heard) == 2:
                # A human's words wait for her.
                await human_writes(site, "from a human")
                await asyncio.sleep(0.3)
                await site.ask(secret=secret, started="1", text=WORD, message_key="key-0002")
            if heard[-1]["closed"] == "" and len(heard) > 1:
                break
    closed = [answer for answer in heard if answer["closed"] == "ask"]
    assert closed
    assert all(answer["messages"] == [] for answer in closed)
    # Everything is told again, from the first message.
    assert [m["seq"] for m in heard[-1]["messages"]][:2] == [1, 2]  # type: ignore[attr-defined]
    assert "from a human" in json.dumps(heard[-1])


async def human_writes(site: Site, text: str) -> None:
    core = site.bench.core
    async with core.database.transaction() as tx:
        conversation = await lock_conversation(tx, (await conversation_of(site)).id)
        assert conversation is not None
        key = await core.vault.open_key(tx, conversation.id)
        content = Content(text)
        await append_message(tx, key, conversation, "supervisor", content, core.clock.now())


async def test_whoever_does_not_know_the_word_takes_nothing_along(
    site: Site, clock: SetClock
) -> None:
    secret = await with_word(site)
    clock.move(PAUSE)
    for fields in ({"do": "word", "word": "mine"}, {"do": "word_off"}, {"do": "leave_back"}):
        page = await site.post(secret=secret, started="1", **fields)
        assert is_closed(page)
        answer = (await site.ask(secret=secret, started="1", **fields)).json()
        assert answer["closed"] == "ask"
        assert "code" not in answer
    async with site.bench.core.database.transaction() as tx:
        assert await tx.session.scalar(select(ReturnCode)) is None
    await site.post(secret=secret, started="1", text=WORD, message_key="key-0002")
    page = await site.post(secret=secret, started="1", do="word_off")
    assert not is_closed(page)
    assert (await conversation_of(site)).wishes_sealed is None
    clock.move(PAUSE)
    assert not is_closed(await site.post(secret=secret, started="1", do="refresh"))


async def test_a_new_chat_forgets_the_old_one(site: Site, clock: SetClock) -> None:
    secret = await with_word(site)
    clock.move(PAUSE)
    page = await site.post(secret=secret, started="1", do="new")
    assert hidden(page.text, "secret") != secret
    assert hidden(page.text, "started") == ""
    async with site.bench.core.database.transaction() as tx:
        assert await tx.session.scalar(select(Address)) is None
    page = await site.post(secret=secret, started="1", text=WORD, message_key="key-0002")
    assert "marker" not in page.text
    assert say(site, "web.ended") in page.text


async def test_who_comes_back_is_asked_for_the_word(site: Site) -> None:
    secret = await with_word(site)
    code = (await site.ask(secret=secret, started="1", do="leave_back")).json()["code"]
    page = await site.post(
        secret="B" * 43, do="come_back", number=code["number"], words=code["words"]
    )
    assert is_closed(page)
    page = await site.post(secret="B" * 43, started="1", text=WORD, message_key="key-0002")
    assert not is_closed(page)


async def test_erase_works_while_closed(site: Site, clock: SetClock) -> None:
    secret = await with_word(site)
    clock.move(PAUSE)
    page = await site.post(secret=secret, started="1", do="erase_now")
    assert say(site, "web.erased") in page.text
    async with site.bench.core.database.transaction() as tx:
        assert await tx.session.scalar(select(Conversation)) is None


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
async def test_a_clock_jump_closes(site: Site, clock: SetClock, jump: timedelta) -> None:
    secret = await with_word(site)
    clock.move(jump)
    assert is_closed(await site.post(secret=secret, started="1", do="refresh"))
