"""An SMS of at most two segments, and the rest when she asks: on a real database."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import smsutil  # type: ignore[import-untyped]  # no types
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.conversation.continuation import (
    MAX_SEGMENTS,
    asks_for_more,
    divided,
    fits,
    numbered,
    read_rest,
)
from amaan.conversation.store import Content, lock_conversation, read_content
from amaan.conversation.wishes import Wishes, write_wishes
from amaan.core import LOCALES, Core
from amaan.errors import OutsideServiceError
from amaan.ports import Inbound, Option, Reply, Turn
from amaan.storage.models import Assessment, Conversation, Message
from amaan.words import VARIANTS, Catalogues
from handoff.cases import cross_seam
from tests.fakes import Bench, FakeDialogue, FakeScreener, parse

WORDS = Catalogues.load(LOCALES)
SENTENCE = "ثبوت پہلے محفوظ کر لیں اور لنک بھی لکھ لیں۔ "
LONG = SENTENCE * 8
HELLO = "سلام"
MENU = (Option("ثبوت", "ask_evidence"), Option("انسان", "request_human"))
ERASE = (
    Option("ہاں", "erase_conversation", "confirmed"),
    Option("نہیں", "deny", "kept"),
)


class Scripted(FakeDialogue):
    """Greets, and answers each other turn with the next replies of a script."""

    def __init__(self, *script: list[Reply]) -> None:
        super().__init__()
        self.script = list(script)

    async def answer(self, turn: Turn) -> list[Reply]:
        """The next of the script; nothing after it."""
        if turn.text == HELLO:
            return [Reply("greet", "سلام۔")]
        self.turns.append(turn)
        return self.script.pop(0) if self.script else [Reply("thanks", "اچھا۔")]


async def begin(core: Core, door: str = "sms", **parts: object) -> Bench:
    """The service, with a conversation whose first, neutral words are said."""
    bench = Bench(core, **parts)  # type: ignore[arg-type]
    await say(bench, HELLO, door)
    return bench


async def say(bench: Bench, text: str, door: str = "sms", **more: object) -> UUID:
    """Accepts and processes one message; returns the conversation's id."""
    inbound = Inbound(door, "+923000000001", text, f"SM{uuid4()}", **more)  # type: ignore[arg-type]
    accepted = await bench.acceptor.accept(inbound)
    assert accepted.conversation_id is not None
    assert accepted.message_id is not None
    await bench.processor.process(accepted.message_id)
    return accepted.conversation_id


async def said(core: Core, conversation_id: UUID) -> list[Content]:
    """What we said after the first words, in order."""
    async with core.database.transaction() as tx:
        key = await core.vault.open_key(tx, conversation_id)
        rows = await tx.session.scalars(
            select(Message)
            .where(Message.conversation_id == conversation_id, Message.author != "person")
            .order_by(Message.seq)
        )
        contents = [read_content(key, row) for row in rows]
    return [content for content in contents if not str(content.key).startswith("greet")]


async def rest(core: Core, conversation_id: UUID) -> tuple[Reply, ...]:
    """What waits for her "1"."""
    async with core.database.transaction() as tx:
        key = await core.vault.open_key(tx, conversation_id)
        return read_rest(key, await tx.session.get_one(Conversation, conversation_id))


def shown(content: Content) -> str:
    """As the phone shows it."""
    return numbered(content.text, content.menu)


def segments(text: str) -> int:
    """By the independent library."""
    return len(smsutil.split(text).parts)


async def test_a_long_answer_comes_in_parts_and_the_menu_with_the_last(core: Core) -> None:
    bench = await begin(core, dialogue=Scripted([Reply("ask.law", LONG, MENU)]))
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    first = (await said(core, conversation_id))[0]
    assert first.text.endswith("۔\n1 = مزید")
    assert first.menu == ()
    for digit in ("1", "۱", "١.", " 1 ", "1)"):
        if await rest(core, conversation_id):
            await say(bench, digit)
    parts = await said(core, conversation_id)
    assert len(parts) >= 3
    assert all(segments(shown(part)) <= MAX_SEGMENTS for part in parts)
    assert [part.menu for part in parts] == [()] * (len(parts) - 1) + [MENU]
    joined = " ".join(part.text.removesuffix("\n1 = مزید") for part in parts)
    assert joined.split() == LONG.split()
    assert await rest(core, conversation_id) == ()
    assert len(bench.dialogue.turns) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", ["مزید", "mazeed", "more", "ہور", "Hor!"])
async def test_the_word_asks_for_more_too(core: Core, word: str) -> None:
    bench = await begin(core, dialogue=Scripted([Reply("ask.law", LONG, MENU)]))
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    await say(bench, word)
    assert [part.key for part in await said(core, conversation_id)] == ["ask.law"] * 2


async def test_every_part_is_asked_for_by_a_screened_message(core: Core) -> None:
    screener = FakeScreener()
    bench = await begin(core, screener=screener, dialogue=Scripted([Reply("ask.law", LONG)]))
    await say(bench, "قانون کیا کہتا ہے")
    await say(bench, "1")
    assert screener.seen[-2:] == ["قانون کیا کہتا ہے", "1"]
    async with core.database.transaction() as tx:
        assert len((await tx.session.scalars(select(Assessment))).all()) == 3


async def test_danger_cancels_the_rest(core: Core) -> None:
    screener = FakeScreener(
        lambda text: (
            parse("suicide_risk", level="critical", kind="suicide") if "جینا" in text else parse()
        )
    )
    dialogue = Scripted([Reply("ask.law", LONG, MENU)], [Reply("risk.suicide.critical", "میں ہوں")])
    bench = await begin(core, screener=screener, dialogue=dialogue)
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    assert await rest(core, conversation_id)
    await say(bench, "میں اب جینا نہیں چاہتی")
    assert await rest(core, conversation_id) == ()
    await say(bench, "1")
    assert [part.key for part in await said(core, conversation_id)] == [
        "ask.law",
        "risk.suicide.critical",
        "thanks",
    ]


async def test_a_one_that_is_dangerous_by_what_came_before_is_answered_as_danger(
    core: Core,
) -> None:
    screener = FakeScreener()
    dialogue = Scripted([Reply("ask.law", LONG, MENU)], [Reply("risk.harm.critical", "میں ہوں")])
    bench = await begin(core, screener=screener, dialogue=dialogue)
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    screener.understand = lambda _text: parse("affirm", level="critical", kind="harm")
    await say(bench, "1")
    assert (await said(core, conversation_id))[-1].key == "risk.harm.critical"
    assert bench.desk.alarms  # type: ignore[attr-defined]
    assert await rest(core, conversation_id) == ()


async def test_any_other_message_gives_the_rest_up(core: Core) -> None:
    bench = await begin(core, dialogue=Scripted([Reply("ask.law", LONG, MENU)]))
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    await say(bench, "شکریہ")
    assert await rest(core, conversation_id) == ()
    await say(bench, "1")
    assert [part.key for part in await said(core, conversation_id)] == [
        "ask.law",
        "thanks",
        "thanks",
    ]


async def test_one_is_more_and_never_the_yes_to_an_older_question(core: Core) -> None:
    # The older menu stays open, and its first option would erase everything.
    dialogue = Scripted([Reply("erase.ask", "مٹا دیا جائے؟", ERASE)], [Reply("ask.law", LONG)])
    bench = await begin(core, dialogue=dialogue)
    conversation_id = await say(bench, "مٹا")
    await say(bench, "قانون کیا کہتا ہے")
    await say(bench, "1")
    async with core.database.transaction() as tx:
        assert await tx.session.get(Conversation, conversation_id) is not None
    assert [part.key for part in await said(core, conversation_id)][1:] == ["ask.law"] * 2


async def test_after_the_last_part_a_one_chooses_from_its_menu(core: Core) -> None:
    dialogue = Scripted([Reply("ask.law", SENTENCE * 3, MENU)])
    bench = await begin(core, dialogue=dialogue)
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    await say(bench, "1")
    assert (await said(core, conversation_id))[-1].menu == MENU
    await say(bench, "1")
    assert dialogue.turns[-1].parse.intent == "ask_evidence"


async def test_a_human_who_takes_over_ends_the_waiting(core: Core) -> None:
    bench = await begin(core, dialogue=Scripted([Reply("ask.law", LONG)]))
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    async with core.database.transaction() as tx:
        conversation = await lock_conversation(tx, conversation_id)
        assert conversation is not None
        cross_seam(conversation, None)
    assert await rest(core, conversation_id) == ()


async def test_a_chat_that_waits_for_her_word_shows_no_more(core: Core) -> None:
    bench = await begin(core, dialogue=Scripted([Reply("ask.law", LONG)]))
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    async with core.database.transaction() as tx:
        key = await core.vault.open_key(tx, conversation_id)
        conversation = await lock_conversation(tx, conversation_id)
        assert conversation is not None
        write_wishes(key, conversation, Wishes(word="انار"))
    assert isinstance(core.clock, SetClock)
    core.clock.move(timedelta(hours=2))
    await say(bench, "1")
    assert (await said(core, conversation_id))[-1].key == "guard.ask"
    assert await rest(core, conversation_id) == ()


@pytest.mark.parametrize("door", ["whatsapp", "web"])
async def test_other_doors_are_never_cut(core: Core, door: str) -> None:
    bench = await begin(core, door, dialogue=Scripted([Reply("ask.law", LONG, MENU)]))
    conversation_id = await say(bench, "قانون کیا کہتا ہے", door)
    assert (await said(core, conversation_id))[0].text == LONG
    assert await rest(core, conversation_id) == ()


async def test_words_for_danger_are_never_cut(core: Core) -> None:
    bench = await begin(core, dialogue=Scripted([Reply("risk.harm.critical", LONG, MENU)]))
    conversation_id = await say(bench, "وہ مجھے مار دے گا")
    assert (await said(core, conversation_id))[0].text == LONG


async def test_a_repeated_run_says_a_part_once(core: Core) -> None:
    bench = await begin(core, dialogue=Scripted([Reply("ask.law", LONG)]))
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    accepted = await bench.acceptor.accept(Inbound("sms", "+923000000001", "1", "SM-once"))
    assert accepted.message_id is not None
    for _ in range(2):
        await bench.processor.process(accepted.message_id)
    assert len(await said(core, conversation_id)) == 2


async def test_a_part_is_said_even_when_rules_had_to_screen(core: Core) -> None:
    class Dead(FakeScreener):
        async def parse(self, text: str, before: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
            raise OutsideServiceError("dead")

    bench = await begin(core, screener=Dead(), dialogue=Scripted([Reply("ask.law", LONG)]))
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    await say(bench, "1")
    assert [part.key for part in await said(core, conversation_id)] == ["ask.law"] * 2


async def test_the_rest_lies_sealed(core: Core) -> None:
    bench = await begin(core, dialogue=Scripted([Reply("ask.law", LONG)]))
    conversation_id = await say(bench, "قانون کیا کہتا ہے")
    async with core.database.transaction() as tx:
        row = await tx.session.get_one(Conversation, conversation_id)
        assert row.rest_sealed is not None
        assert "ثبوت".encode() not in row.rest_sealed


TEXTS = st.text(
    st.sampled_from("abc .\n?۔ ثبوت\u0301😀€1"), min_size=1, max_size=700
).filter(str.strip)  # fmt: skip


@given(TEXTS, st.sampled_from([(), MENU]))
def test_parts_fit_and_lose_nothing(text: str, menu: tuple[Option, ...]) -> None:
    left: Reply | None = Reply("ask.law", text, menu)
    parts: list[Reply] = []
    while left is not None:
        part, left = (left, None) if fits(left) else divided(left, "1 = more")
        parts.append(part)
        assert segments(numbered(part.text, part.menu)) <= MAX_SEGMENTS
    assert parts[-1].menu == menu
    joined = "".join(part.text.removesuffix("\n1 = more") for part in parts)
    assert "".join(joined.split()) == "".join(text.split())


def test_a_cut_prefers_the_end_of_a_sentence_and_parts_no_word() -> None:
    chance = random.Random(5)
    sentences = [" ".join("ab" * chance.randint(2, 6) for _ in range(9)) + "." for _ in range(12)]
    first, left = divided(Reply("ask.law", " ".join(sentences)), "1 = more")
    assert left is not None
    assert first.text.endswith(".\n1 = more")
    first, left = divided(Reply("ask.law", "word " * 200), "1 = more")
    assert left is not None
    assert first.text.endswith("word\n1 = more")
    assert left.text.startswith("word")


@pytest.mark.parametrize("tag", VARIANTS)
def test_the_hint_is_short_and_its_word_works(tag: str) -> None:
    hint = WORDS.text("more.hint", tag, "sms")
    number, sign, word = hint.partition(" = ")
    assert (number, sign) == ("1", " = ")
    assert len(hint) <= 12
    assert asks_for_more(word, [hint])
    assert asks_for_more(" ۱۔ ", [hint])
    assert not asks_for_more(f"{word} {word}", [hint])
    assert not asks_for_more("11", [hint])
