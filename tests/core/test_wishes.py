"""The private menu, her hours, and what is withheld by her wish."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from amaan.conversation.wish_hours import read_hours, within
from amaan.conversation.wishes import (
    NEVER_FIRST,
    OUTSIDE_HOURS,
    Wishes,
    is_her_word,
    read_wishes,
    usable_word,
    withheld,
    write_wishes,
)
from amaan.core import LOCALES, Core
from amaan.crypto import new_data_key
from amaan.ports import Parse
from amaan.storage.models import Conversation, Message
from amaan.text import command, fold
from amaan.words import VARIANTS, Catalogues
from tests.core.test_conversation import conversation, messages, say
from tests.fakes import Bench, FakeScreener, parse

WORDS = Catalogues.load(LOCALES)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("10 to 16", (10, 16)),
        ("10-16", (10, 16)),
        ("10 – 16", (10, 16)),
        ("from 10:00 until 16:00", (10, 16)),
        ("۱۰ سے ۱۶", (10, 16)),
        ("۱۰ بجے سے ۴ بجے تک", (10, 16)),
        ("10 se 4", (10, 16)),
        ("10 baje se 4 baje tak", (10, 16)),
        ("9 to 5", (9, 17)),
        ("22 to 6", (22, 6)),
        ("9pm-6am", (21, 6)),
        ("2 p.m. to 4 p.m.", (14, 16)),
        ("12am to 12pm", (0, 12)),
        ("10 to 24", (10, 0)),
        ("له ۱۰ نه تر ۱۶ پورې", (10, 16)),
        ("10 کان 16 تائين", (10, 16)),
        # In two ways, or in none.
        ("2 to 4", None),
        ("raat 10 se subah 6", None),
        ("9pm to 6", None),
        ("10 to 10", (10, 22)),
        ("13 to 13", None),
        ("10 to 25", None),
        ("10:30 to 16", None),
        ("10", None),
        ("10 12 16", None),
        ("when he is at work", None),
        ("03001234567", None),
        ("", None),
    ],
)
def test_hours_are_read_or_not_at_all(text: str, hours: tuple[int, int] | None) -> None:
    assert read_hours(text) == hours


@pytest.mark.parametrize(
    ("hours", "utc_hour", "expected"),
    [((10, 16), 5, True), ((10, 16), 4, False), ((10, 16), 11, False), ((10, 16), 10, True),
     ((22, 6), 18, True), ((22, 6), 0, True), ((22, 6), 1, False), ((10, 0), 18, True),
     ((10, 0), 19, False)],
)  # fmt: skip
def test_hours_are_of_pakistan(hours: tuple[int, int], utc_hour: int, expected: bool) -> None:
    assert within(hours, datetime(2026, 11, 21, utc_hour, 0, tzinfo=UTC)) is expected


def test_a_word_is_known_however_she_spells_it() -> None:
    wishes = Wishes(word=fold("Zaitoon"))
    for text in ("zaitoon", "ZAITUN!", " Zaitoon. ", "zaitoooon"):
        assert is_her_word(wishes, text), text
    for text in ("zaitoon ka tel", "", "zaituni", "zait oon"):
        assert not is_her_word(wishes, text), text
    assert not is_her_word(Wishes(), "")


@pytest.mark.parametrize(
    "text", ["", "5", "1 2", "!", "erase", "مٹا دو", "stop", "kon ho", "urdu", "a", "x" * 41,
             "he is at home now"],
)  # fmt: skip
def test_what_means_something_else_is_no_word(text: str) -> None:
    assert usable_word(text) is None


def test_a_word_cannot_be_both() -> None:
    assert usable_word("Chai", fold("chai")) is None
    assert usable_word("Chai", None, fold("gulab")) == fold("chai")


def test_wishes_are_sealed_to_their_conversation() -> None:
    key, own = new_data_key(), Conversation(id=uuid4(), guard="ask")
    wishes = Wishes(fold("zaitoon"), fold("chai"), (10, 16), never_first=True)
    write_wishes(key, own, wishes)
    assert read_wishes(key, own) == wishes
    assert own.wishes_sealed is not None
    assert b"zaitun" not in own.wishes_sealed
    write_wishes(key, own, Wishes(cover="chai", hours=(10, 16)))
    assert read_wishes(key, own) == Wishes(hours=(10, 16)), "a cover needs a word to open it"
    assert own.guard == "open"
    write_wishes(key, own, Wishes())
    assert own.wishes_sealed is None


NOON = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wishes", "author", "door", "last", "expected"),
    [
        (Wishes(), "supervisor", "sms", timedelta(days=3), None),
        (Wishes(hours=(10, 16)), "supervisor", "sms", timedelta(hours=1), None),
        (Wishes(hours=(14, 16)), "supervisor", "sms", timedelta(hours=1), OUTSIDE_HOURS),
        (Wishes(hours=(14, 16)), "system", "whatsapp", timedelta(hours=1), OUTSIDE_HOURS),
        (Wishes(hours=(14, 16)), "bot", "sms", timedelta(hours=1), None),
        (Wishes(hours=(14, 16)), "supervisor", "web", timedelta(hours=1), None),
        # She writes outside her hours herself: that is answered.
        (Wishes(hours=(14, 16)), "supervisor", "sms", timedelta(minutes=5), None),
        # She wrote within them, and they are over.
        (Wishes(hours=(9, 12)), "supervisor", "sms", timedelta(minutes=5), OUTSIDE_HOURS),
        (Wishes(never_first=True), "supervisor", "sms", timedelta(minutes=31), NEVER_FIRST),
        (Wishes(never_first=True), "system", "sms", timedelta(minutes=31), NEVER_FIRST),
        (Wishes(never_first=True), "supervisor", "sms", timedelta(minutes=29), None),
        (Wishes(never_first=True), "bot", "sms", timedelta(hours=9), None),
    ],
)
def test_what_is_withheld(
    wishes: Wishes, author: str, door: str, last: timedelta, expected: str | None
) -> None:
    own = Conversation(id=uuid4(), door=door, last_inbound_at=NOON - last)
    assert withheld(wishes, own, author, NOON) == expected


async def wishes_of(core: Core, conversation_id: UUID) -> Wishes:
    """Her wishes as stored."""
    found = await conversation(core, conversation_id)
    async with core.database.transaction() as tx:
        return read_wishes(await core.vault.open_key(tx, conversation_id), found)


class Talk:
    """One person's messages, counted."""

    def __init__(self, core: Core, bench: Bench | None = None, **more: object) -> None:
        self.core = core
        self.bench = bench or Bench(core)
        self.more = more
        self.count = 0
        self.id: UUID

    async def say(self, text: str, **more: object) -> list[str | None]:
        """Writes; returns the keys of what was said to it."""
        self.count += 1
        before = len(await messages(self.core, self.id)) if self.count > 1 else 0
        self.id, _ = await say(self.bench, text, f"SM{self.count}", **self.more, **more)
        return [c.key for a, c in (await messages(self.core, self.id))[before:] if a != "person"]

    async def begin(self) -> Talk:
        """Gets the first words, and the answer to them, out of the way."""
        await self.say("salam")
        await self.say("ji haan bilkul")
        return self

    async def choose_word(self, word: str = "zaitoon") -> Talk:
        """Chooses a safe word by the menu."""
        assert await self.say("private") == ["private.menu"]
        assert await self.say("1") == ["private.ask_word"]
        assert await self.say(word) == ["private.saved"]
        return self

    @property
    def alarms(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Level, reason and rules of what rang."""
        return [(a.level, a.reason, a.rules) for _, a in self.bench.desk.alarms]  # type: ignore[attr-defined]


async def test_a_word_is_chosen_by_number_and_hidden(core: Core) -> None:
    talk = await (await Talk(core).begin()).choose_word()
    assert await wishes_of(core, talk.id) == Wishes(word=fold("zaitoon"))
    texts = [content.text for _, content in await messages(core, talk.id)]
    assert "zaitoon" not in texts
    assert texts.count("•••") == 1


@pytest.mark.parametrize("tag", ["en-Latn", "ur-Arab"])
async def test_lines_of_the_menu_are_chosen_by_their_words(core: Core, tag: str) -> None:
    language, script = tag.split("-")
    screener = FakeScreener(lambda _t: parse(language=language, script=script))
    talk = await Talk(core, Bench(core, screener=screener)).begin()
    await talk.say("private")
    label = WORDS.text("option.never_first", tag, "sms")
    assert await talk.say(label) == ["private.saved"]
    assert (await wishes_of(core, talk.id)).never_first


async def test_hours_are_asked_for_and_kept(core: Core) -> None:
    talk = await Talk(core).begin()
    await talk.say("private")
    assert await talk.say("۲") == ["private.ask_hours"]
    assert await talk.say("2 se 4") == ["private.unclear"]
    assert (await conversation(core, talk.id)).wish_asked is None
    await talk.say("private")
    await talk.say("2")
    assert await talk.say("10 se 4 baje") == ["private.saved"]
    assert (await wishes_of(core, talk.id)).hours == (10, 16)


async def test_a_cover_needs_a_word_first(core: Core) -> None:
    talk = await Talk(core).begin()
    await talk.say("private")
    assert await talk.say("4") == ["private.need_word"]
    assert await talk.say("zaitoon") == ["private.ask_cover"]
    assert await talk.say("zaitoon") == ["guard.opened"], "it cannot be both"
    await talk.say("private")
    assert await talk.say("4") == ["private.ask_cover"]
    assert await talk.say("chai ki dukan") == ["private.saved"]
    assert await wishes_of(core, talk.id) == Wishes(fold("zaitoon"), fold("chai ki dukan"))


async def test_wishes_are_forgotten(core: Core) -> None:
    talk = await (await Talk(core).begin()).choose_word()
    await talk.say("private")
    assert await talk.say("5") == ["private.forgotten"]
    assert (await conversation(core, talk.id)).wishes_sealed is None


async def test_danger_ends_the_question_and_is_answered_as_such(core: Core) -> None:
    def understand(text: str) -> Parse:
        return parse("imminent_harm", level="critical", kind="harm") if "knife" in text else parse()

    talk = await Talk(core, Bench(core, screener=FakeScreener(understand))).begin()
    await talk.say("private")
    await talk.say("1")
    assert await talk.say("knife") == ["greet"], "the dialogue answers, not the menu"
    assert talk.alarms
    assert (await conversation(core, talk.id)).wish_asked is None
    await talk.say("zaitoon")
    assert (await conversation(core, talk.id)).wishes_sealed is None


@pytest.mark.parametrize("text", ["human", "he came home and I am afraid", "urdu"])
async def test_what_is_no_answer_ends_the_question(core: Core, text: str) -> None:
    talk = await Talk(core).begin()
    await talk.say("private")
    await talk.say("1")
    assert await talk.say(text) == ["greet"]
    assert (await conversation(core, talk.id)).wish_asked is None
    assert (await conversation(core, talk.id)).wishes_sealed is None


async def test_a_word_that_the_model_takes_for_an_erase_erases_nothing(core: Core) -> None:
    def understand(text: str) -> Parse:
        return parse("erase_conversation") if "saf" in text else parse()

    talk = await Talk(core, Bench(core, screener=FakeScreener(understand))).begin()
    await talk.choose_word("safai")
    assert await talk.say("safai") == ["guard.opened"]


async def test_a_killed_worker_decides_the_same_again(core: Core) -> None:
    talk = await Talk(core).begin()
    await talk.say("private")
    await talk.say("1")
    bench = talk.bench

    async def die(*_args: object) -> None:
        raise RuntimeError

    store = bench.processor._store
    bench.processor._store = die  # type: ignore[method-assign, assignment]
    with pytest.raises(RuntimeError):
        await talk.say("zaitoon")
    bench.processor._store = store  # type: ignore[method-assign]
    async with core.database.transaction() as tx:
        unread = await tx.session.scalar(select(Message.id).where(Message.processed_at.is_(None)))
    assert unread is not None
    await bench.processor.process(unread)
    assert (await wishes_of(core, talk.id)).word == fold("zaitoon")


@pytest.mark.parametrize("tag", VARIANTS)
def test_the_words_that_she_is_told_bring_what_they_say(tag: str) -> None:
    told = re.findall(r'["«“]([^"»”]+)["»”]', WORDS.text("private.saved", tag, "web"))
    assert {command(word) for word in told} == {"private"}
    told = re.findall(r'["«“]([^"»”]+)["»”]', WORDS.text("help.words", tag, "web"))
    assert {command(word) for word in told} == {
        "human", "stop", "start", "erase", "language", "private",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "key"),
    [("HELP", "help.words"), ("info", "help.words"), ("START", "start.done"),
     ("unstop", "start.done"), ("شروع", "start.done"), ("معلومات", "help.words")],
)  # fmt: skip
async def test_help_and_start_are_answered(core: Core, text: str, key: str) -> None:
    talk = await Talk(core).begin()
    assert await talk.say(text) == [key]


@pytest.mark.parametrize("text", ["yes", "END", "Cancel", "quit"])
async def test_words_of_a_talk_are_no_commands(core: Core, text: str) -> None:
    talk = await Talk(core).begin()
    assert await talk.say(text) == ["greet"]
    assert not (await conversation(core, talk.id)).stopped


async def test_help_in_danger_is_no_list_of_words(core: Core) -> None:
    def understand(text: str) -> Parse:
        danger = text == "help"
        return parse("imminent_harm", level="critical", kind="harm") if danger else parse()

    talk = await Talk(core, Bench(core, screener=FakeScreener(understand))).begin()
    assert await talk.say("help") == ["greet"]


async def test_a_voice_note_brings_the_offer_of_somebody_who_listens(core: Core) -> None:
    talk = await Talk(core).begin()
    assert await talk.say("", notes=frozenset({"voice"})) == ["media.voice"]
    assert not talk.alarms, "an offer calls nobody yet"
    await talk.say("1")
    turn = talk.bench.dialogue.turns[-1]  # type: ignore[attr-defined]
    assert turn.parse.intent == "request_human"


async def test_yes_in_words_calls_somebody_who_listens(core: Core) -> None:
    screener = FakeScreener(lambda text: parse("affirm") if text == "haan ji" else parse())
    talk = await Talk(core, Bench(core, screener=screener)).begin()
    await talk.say("", notes=frozenset({"voice"}))
    await talk.say("haan ji")
    assert talk.bench.dialogue.turns[-1].parse.intent == "request_human"  # type: ignore[attr-defined]


@pytest.mark.parametrize("note", ["voice", "media"])
async def test_a_recording_in_the_place_of_an_answer_silences_nothing(
    core: Core, note: str
) -> None:
    def understand(text: str) -> Parse:
        return parse("suicide_risk", level="elevated", kind="suicide") if text == "sad" else parse()

    talk = await Talk(core, Bench(core, screener=FakeScreener(understand))).begin()
    await talk.say("sad")
    await talk.say("", notes=frozenset({note}))
    level, reason, _rules = talk.alarms[-1]
    assert (level, reason) == ("critical", "unclear_answer")
