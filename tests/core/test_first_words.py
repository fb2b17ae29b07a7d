"""The first words to a telephone name nothing, in any catalogue."""

from __future__ import annotations

from uuid import UUID

import pytest

from amaan.core import LOCALES, Core
from amaan.ports import Inbound, Option, Parse, Reply, Turn
from amaan.words import VARIANTS, Catalogues
from tests.core.test_conversation import conversation, messages
from tests.core.test_wishes import Talk
from tests.fakes import Bench, FakeDialogue, FakeScreener, parse

WORDS = Catalogues.load(LOCALES)
# What tells somebody who looks over her shoulder what the number is for: danger, violence,
# law, pictures, helpers, the house's name. Parts of words; Latin ones in small letters.
TELLING = {
    "Arab": (
        "تشدد", "ہراس", "هراس", "دھمک", "بلیک", "بليڪ", "تصویر", "تصوير", "عکس", "پولیس", "پوليس",
        "قانون", "وکیل", "شکایت", "شڪايت", "خودکش", "خودڪش", "ځان وژن", "مدد", "مرسته", "کمک",
        "خطر", "خطرہ", "محفوظ", "خفیہ", "ڳجه", "رپورٹ", "رپورٽ", "ظلم", "زیادتی", "ہیلپ", "امان",
        "گھریلو", "شوہر", "مڑس", "عورت", "ښځه", "جنین", "راز", "سیفٹی", "انسان", "ماہر",
    ),
    "Latn": (
        "violence", "abuse", "harass", "threat", "blackmail", "picture", "photo", "police", "law",
        "report", "complain", "suicide", "safety", "help", "danger", "secret", "amaan", "tashad",
        "dhamk", "tasveer", "tasvir", "qanoon", "qanun", "shikayat", "khudkush", "khudkash",
        "madad", "khatra",
        "khatar", "mehfooz", "mahfooz", "zulm", "raaz", "komak", "kumak", "mrasta", "marasta",
        "aks", "trained", "victim", "husband", "shohar", "woman", "aurat", "khaza", "cyber",
    ),
}  # fmt: skip


def telling(text: str) -> list[str]:
    """Telling words in a text."""
    plain = f" {text.casefold()} "
    found = [word for word in TELLING["Arab"] if word in plain]
    return found + [word for word in TELLING["Latn"] if f" {word}" in plain]


@pytest.mark.parametrize("tag", VARIANTS)
@pytest.mark.parametrize("door", ["sms", "whatsapp"])
async def test_the_first_message_to_a_telephone_names_nothing(
    core: Core, tag: str, door: str
) -> None:
    class Telling(FakeDialogue):
        async def answer(self, turn: Turn) -> list[Reply]:
            key = "greet" if turn.parse.intent == "greet" else "report.blackmail"
            text = WORDS.text(key, tag, turn.door)
            return [Reply(key, text, (Option(WORDS.text("option.report", tag, door), "x"),))]

    language, script = tag.split("-")
    for number, intent in enumerate(
        ("greet", "report_blackmail", "request_human", "bot_challenge")
    ):
        screener = FakeScreener(
            lambda _t, intent=intent: parse(intent, language=language, script=script)
        )
        bench = Bench(core, dialogue=Telling(), screener=screener)
        accepted = await bench.acceptor.accept(
            Inbound(door, f"+92300000{number:04}", "words", f"SM{number}")  # type: ignore[arg-type]
        )
        assert accepted.message_id is not None
        assert accepted.conversation_id is not None
        await bench.processor.process(accepted.message_id)
        said = [c for a, c in await messages(core, accepted.conversation_id) if a == "bot"]
        assert said[0].key == "greet"
        assert said[0].menu == ()
        assert telling(said[0].text) == [], (tag, said[0].text)
        assert [c.key for c in said[1:]] == ["greet.history"], "once, and nothing else"


@pytest.mark.parametrize("tag", VARIANTS)
@pytest.mark.parametrize("key", ["greet", "guard.ask", "guard.opened", "cover.reply", "cover.who"])
def test_what_a_stranger_may_read_names_nothing(tag: str, key: str) -> None:
    for channel in ("sms", "whatsapp"):
        assert telling(WORDS.text(key, tag, channel)) == [], (tag, key, channel)


class Answers(FakeDialogue):
    """Says by its key what it was asked."""

    async def answer(self, turn: Turn) -> list[Reply]:
        """See `Dialogue.answer`."""
        await super().answer(turn)
        return [Reply(f"about.{turn.parse.intent}", turn.text)]


def _understand(text: str) -> Parse:
    kinds = {
        "haan": ("affirm", 0.95), "nahi": ("deny", 0.95), "blackmail": ("report_blackmail", 0.9),
        "law": ("ask_law", 0.9), "hmm": ("report_fraud", 0.3),
    }  # fmt: skip
    intent, confidence = kinds.get(text, ("greet", 0.9))
    if text == "die":
        return parse("suicide_risk", level="critical", kind="suicide")
    return parse(intent, confidence=confidence)


def talk(core: Core, **more: object) -> Talk:
    """A conversation with a dialogue that says what it was asked."""
    bench = Bench(core, screener=FakeScreener(_understand), dialogue=Answers())
    return Talk(core, bench, **more)


@pytest.mark.parametrize("text", ["haan", "salam", "hmm"])
async def test_the_answer_comes_when_she_can_talk(core: Core, text: str) -> None:
    own = talk(core)
    assert await own.say("blackmail") == ["greet", "greet.history"]
    assert await own.say(text) == ["about.report_blackmail"]
    assert await own.say("law") == ["about.ask_law"], "and then as ever"


async def test_what_she_says_next_is_answered_instead(core: Core) -> None:
    own = talk(core)
    await own.say("blackmail")
    assert await own.say("law") == ["about.ask_law"]


async def test_not_now_is_heard(core: Core) -> None:
    own = talk(core)
    await own.say("blackmail")
    assert await own.say("nahi") == ["stop.done"]
    assert await own.say("haan") == ["about.report_blackmail"]


async def test_danger_is_no_moment_for_a_greeting(core: Core) -> None:
    own = talk(core)
    assert await own.say("die") == ["about.suicide_risk"]
    own = talk(core, door="whatsapp")
    await own.say("blackmail")
    assert await own.say("die") == ["about.suicide_risk"]


async def test_the_web_page_answers_at_once(core: Core) -> None:
    own = talk(core, door="web")
    assert await own.say("blackmail") == ["about.report_blackmail"]


async def test_a_person_is_called_though_the_first_words_are_neutral(core: Core) -> None:
    own = talk(core)
    await own.say("human")
    turn = own.bench.dialogue.turns[0]  # type: ignore[attr-defined]
    assert turn.parse.intent == "request_human", "the action that rings has run"


@pytest.mark.parametrize("text", ["who is this", "START"])
async def test_whoever_begins_by_asking_is_greeted(core: Core, text: str) -> None:
    bench = Bench(core)
    own = Talk(core, bench)
    assert await own.say(text) == ["greet", "greet.history"]
    assert bench.dialogue.turns[0].parse.intent == "greet"  # type: ignore[attr-defined]
    found: UUID = own.id
    assert (await conversation(core, found)).guard == "open"
