"""The way of one message, on a real database with fakes at the ports."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from amaan.conversation.store import Content, read_content
from amaan.core import Core
from amaan.ports import Inbound, Option, Parse, Reply, Turn
from amaan.storage.models import Address, Assessment, Conversation, DataKey, Message
from tests.fakes import Bench, FakeDialogue, FakeScreener, parse


def inbound(text: str, provider_id: str, door: str = "sms", **more: object) -> Inbound:
    """A message from one invented number."""
    return Inbound(door, "+923000000001", text, provider_id, **more)  # type: ignore[arg-type]


async def messages(core: Core, conversation_id: UUID) -> list[tuple[str, Content]]:
    """Author and content of every message, in order."""
    async with core.database.transaction() as tx:
        key = await core.vault.open_key(tx, conversation_id)
        rows = await tx.session.scalars(
            select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
        )
        return [(row.author, read_content(key, row)) for row in rows]


async def conversation(core: Core, conversation_id: UUID) -> Conversation:
    """The conversation's row."""
    async with core.database.transaction() as tx:
        found = await tx.session.get(Conversation, conversation_id)
        assert found is not None
        return found


async def say(bench: Bench, text: str, provider_id: str, **more: object) -> tuple[UUID, UUID]:
    """Accepts and processes one message; returns conversation and message id."""
    accepted = await bench.acceptor.accept(inbound(text, provider_id, **more))  # type: ignore[arg-type]
    assert accepted.conversation_id is not None
    assert accepted.message_id is not None
    await bench.processor.process(accepted.message_id)
    return accepted.conversation_id, accepted.message_id


async def test_a_message_is_screened_answered_and_delivered_once(core: Core) -> None:
    bench = Bench(core)
    conversation_id, message_id = await say(bench, "سلام", "SM1")
    await bench.processor.process(message_id)
    found = await messages(core, conversation_id)
    assert [author for author, _ in found] == ["person", "bot", "bot"]
    assert found[0][1].text == "سلام"
    assert found[1][1].text == f"answer to {message_id}"
    assert found[2][1].key == "greet.history"
    assert len(bench.courier.scheduled) == 2  # type: ignore[attr-defined]


async def test_two_deliveries_at_once_are_one_message(core: Core) -> None:
    bench = Bench(core)
    results = await asyncio.gather(
        *(bench.acceptor.accept(inbound("hello", "SM1")) for _ in range(5))
    )
    assert sorted(result.duplicate for result in results) == [False, True, True, True, True]


async def test_first_messages_of_one_address_make_one_conversation(core: Core) -> None:
    bench = Bench(core)
    results = await asyncio.gather(
        *(bench.acceptor.accept(inbound(f"text {n}", f"SM{n}")) for n in range(6))
    )
    assert len({result.conversation_id for result in results}) == 1


async def test_danger_rings_before_the_dialogue_is_asked(core: Core) -> None:
    screener = FakeScreener(lambda _t: parse("suicide_risk", level="critical", kind="suicide"))
    dialogue = FakeDialogue()
    dialogue.dead = True
    bench = Bench(core, screener=screener, dialogue=dialogue)
    conversation_id, _ = await say(bench, "میں اب جینا نہیں چاہتی", "SM1")
    levels = [alarm.level for _, alarm in bench.desk.alarms]  # type: ignore[attr-defined]
    assert levels[0] == "critical"
    found = await messages(core, conversation_id)
    assert found[1][1].key == "risk.suicide.critical"


async def test_rules_decide_and_a_human_is_called_when_the_model_is_dead(core: Core) -> None:
    screener = FakeScreener()
    screener.dead = True
    dialogue = FakeDialogue()
    dialogue.dead = True
    bench = Bench(core, screener=screener, dialogue=dialogue)
    conversation_id, _ = await say(bench, "میں اب جینا نہیں چاہتی", "SM1")
    reasons = {alarm.reason for _, alarm in bench.desk.alarms}  # type: ignore[attr-defined]
    assert {"screened", "screening_failed"} <= reasons
    assert str((await messages(core, conversation_id))[1][1].key).startswith("risk.")


async def test_an_empty_dialogue_is_never_silence(core: Core) -> None:
    dialogue = FakeDialogue()
    dialogue.empty = True
    bench = Bench(core, dialogue=dialogue)
    conversation_id, _ = await say(bench, "hello", "SM1")
    assert (await messages(core, conversation_id))[1][1].key == "service.trouble"
    assert bench.desk.alarms  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answer", "level"),
    [("نہیں", "none"), ("ہاں", "critical"), ("پتہ نہیں", "critical")],
)
async def test_only_a_clear_no_answers_the_gentle_question(
    core: Core, answer: str, level: str
) -> None:
    def understand(text: str) -> Parse:
        if text == "نہیں":
            return parse("deny")
        if text == "ہاں":
            return parse("affirm")
        if text == "پتہ نہیں":
            return parse("out_of_scope", confidence=0.4)
        return parse("suicide_risk", level="elevated", kind="suicide")

    bench = Bench(core, screener=FakeScreener(understand))
    conversation_id, _ = await say(bench, "تھک گئی ہوں زندگی سے", "SM1")
    assert (await conversation(core, conversation_id)).pending_kind == "suicide"
    _, message_id = await say(bench, answer, "SM2")
    async with core.database.transaction() as tx:
        row = await tx.session.get(Assessment, message_id)
        assert row is not None
        assert row.level == level
    assert (await conversation(core, conversation_id)).pending_kind is None


async def test_a_human_who_holds_the_chat_is_not_spoken_over(core: Core) -> None:
    dialogue = FakeDialogue()
    dialogue.gate = asyncio.Event()
    bench = Bench(core, dialogue=dialogue)
    accepted = await bench.acceptor.accept(inbound("hello", "SM1"))
    assert accepted.message_id is not None
    composing = asyncio.create_task(bench.processor.process(accepted.message_id))
    while not dialogue.turns:  # noqa: ASYNC110  # the fake has no event for it
        await asyncio.sleep(0.01)
    async with core.database.transaction() as tx:
        found = await tx.session.get(Conversation, accepted.conversation_id)
        assert found is not None
        found.seam += 1  # claimed and released meanwhile: the reply is still out of date
    dialogue.gate.set()
    await composing
    assert accepted.conversation_id is not None
    assert [a for a, _ in await messages(core, accepted.conversation_id)] == ["person"]


@pytest.mark.parametrize("number", ["2", "۲", "٢", "2.", " 2 )"])
async def test_menu_numbers_choose_in_all_digits(core: Core, number: str) -> None:
    class Menu(FakeDialogue):
        async def answer(self, turn: Turn) -> list[Reply]:
            await super().answer(turn)
            return [Reply("greet", "?", (Option("a", "ask_law"), Option("b", "request_human")))]

    dialogue = Menu()
    bench = Bench(core, dialogue=dialogue)
    await say(bench, "hello", "SM1")
    await say(bench, "hello", "SM2")
    await say(bench, number, "SM3")
    assert dialogue.turns[2].parse.intent == "request_human"
    assert bench.screener.seen[2:] == [number]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["erase", "مٹا دو", "mita do"])
async def test_erase_leaves_no_row(core: Core, text: str) -> None:
    bench = Bench(core)
    conversation_id, _ = await say(bench, "a secret", "SM1")
    await say(bench, text, "SM2")
    async with core.database.transaction() as tx:
        for table in (Conversation, Message, Assessment, Address, DataKey):
            assert (await tx.session.scalars(select(table))).all() == []
    parting = bench.courier.parted[0]  # type: ignore[attr-defined]
    assert parting.address == "+923000000001"
    assert bench.dialogue.forgotten == [conversation_id]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "key"),
    [("", "message.empty"), ("\u202e\u200b", "message.empty"), ("\x00\x01", "message.empty")],
)
async def test_nothing_readable_gets_a_clear_answer(core: Core, text: str, key: str) -> None:
    bench = Bench(core)
    conversation_id, _ = await say(bench, text, "SM1")
    assert (await messages(core, conversation_id))[1][1].key == key


async def test_danger_far_inside_a_long_message_is_still_screened(core: Core) -> None:
    screener = FakeScreener()
    screener.dead = True
    bench = Bench(core, screener=screener)
    text = "یہ ایک لمبی کہانی ہے۔ " * 300 + " میں خودکشی کرنے لگی ہوں"
    conversation_id, _ = await say(bench, text, "SM1")
    assert any(a.level == "critical" for _, a in bench.desk.alarms)  # type: ignore[attr-defined]
    keys = [content.key for _, content in await messages(core, conversation_id)]
    assert "message.too_long" in keys


async def test_media_is_refused_kindly_and_the_words_beside_it_are_answered(core: Core) -> None:
    bench = Bench(core)
    await say(bench, "سلام", "SM1")
    conversation_id, _ = await say(bench, "", "SM2", notes=frozenset({"media"}))
    assert (await messages(core, conversation_id))[-1][1].key == "media.refused"
    await say(bench, "دیکھیں", "SM3", notes=frozenset({"media"}))
    keys = [content.key for _, content in await messages(core, conversation_id)]
    assert keys[-2:] == ["greet", "media.refused"]


async def test_two_words_of_another_language_do_not_change_the_answers(core: Core) -> None:
    def understand(text: str) -> Parse:
        return (
            parse(language="en", script="Latn")
            if "plan" in text
            else parse(language="pa", script="Latn")
        )

    bench = Bench(core, screener=FakeScreener(understand))
    conversation_id, _ = await say(bench, "mainu koi tang karda ae", "SM1")
    await say(bench, "safety plan", "SM2")
    assert (await conversation(core, conversation_id)).language == "pa"
    await say(bench, "please tell me about a safety plan", "SM3")
    assert (await conversation(core, conversation_id)).language == "en"


@pytest.mark.parametrize(
    ("script", "expected"), [("Arab", ("ur", "Arab")), ("Guru", ("pa", "Guru"))]
)
async def test_a_language_that_is_not_ours_is_answered_in_one_of_its_script(
    core: Core, script: str, expected: tuple[str, str]
) -> None:
    bench = Bench(core, screener=FakeScreener(lambda _t: parse(language="", script=script)))
    conversation_id, _ = await say(bench, "five words of a neighbour", "SM1")
    found = await conversation(core, conversation_id)
    assert (found.language, found.script) == expected


async def test_a_language_that_is_not_ours_changes_no_running_chat(core: Core) -> None:
    def understand(text: str) -> Parse:
        return parse(language="" if "neighbour" in text else "sd", script="Arab")

    bench = Bench(core, screener=FakeScreener(understand))
    conversation_id, _ = await say(bench, "مون کي مدد کپي", "SM1")
    await say(bench, "five words of a neighbour", "SM2")
    found = await conversation(core, conversation_id)
    assert (found.language, found.script) == ("sd", "Arab")


async def test_a_question_that_the_dialogue_asks_is_waited_for_too(core: Core) -> None:
    class Asking(FakeDialogue):
        async def answer(self, turn: Turn) -> list[Reply]:
            return [Reply("risk.suicide.elevated", "?")]

    bench = Bench(core, dialogue=Asking())
    conversation_id, _ = await say(bench, "hello", "SM1")
    assert (await conversation(core, conversation_id)).pending_kind == "suicide"


async def test_yes_in_words_to_the_question_about_erasing_erases(core: Core) -> None:
    class Asking(FakeDialogue):
        async def answer(self, turn: Turn) -> list[Reply]:
            options = (Option("yes", "erase_conversation", "confirmed"), Option("no", "deny"))
            return [Reply("erase.ask", "?", options)]

    def understand(text: str) -> Parse:
        return parse("affirm") if text == "haan ji" else parse("erase_conversation", confidence=0.5)

    bench = Bench(core, screener=FakeScreener(understand), dialogue=Asking())
    await say(bench, "shayad mita dein", "SM1")
    await say(bench, "haan ji", "SM2")
    async with core.database.transaction() as tx:
        assert (await tx.session.scalars(select(Conversation))).all() == []


async def test_a_sentence_about_erasing_erases_nothing(core: Core) -> None:
    def understand(text: str) -> Parse:
        return parse("erase_conversation", confidence=0.99)

    bench = Bench(core, screener=FakeScreener(understand))
    conversation_id, _ = await say(bench, "mene dar ke sari chat mita di", "SM1")
    assert await messages(core, conversation_id)


@pytest.mark.parametrize(("sure", "language"), [(0.84, "ur"), (0.99, "ps")])
async def test_a_greeting_of_all_five_languages_chooses_none(
    core: Core, sure: float, language: str
) -> None:
    def understand(text: str) -> Parse:
        return replace(parse(language="ps", script="Latn"), language_confidence=sure)

    bench = Bench(core, screener=FakeScreener(understand))
    conversation_id, _ = await say(bench, "salam", "SM1")
    found = await conversation(core, conversation_id)
    assert (found.language, found.script) == (language, "Latn")


async def test_a_sentence_that_tells_of_stopping_stops_nothing(core: Core) -> None:
    bench = Bench(core, screener=FakeScreener(lambda _: parse("stop_messages")))
    conversation_id, _ = await say(bench, "usne phir msg kia to band kar dia", "SM1")
    turn = bench.dialogue.turns[-1]  # type: ignore[attr-defined]
    assert (turn.parse.intent, turn.parse.confidence) == ("out_of_scope", 0.0)
    await say(bench, "band karo please", "SM2")
    assert bench.dialogue.turns[-1].parse.intent == "stop_messages"  # type: ignore[attr-defined]
    assert await messages(core, conversation_id)


async def test_a_yes_with_a_but_erases_nothing(core: Core) -> None:
    class Asking(FakeDialogue):
        async def answer(self, turn: Turn) -> list[Reply]:
            return [Reply("erase.ask", "?", (Option("yes", "erase_conversation", "confirmed"),))]

    bench = Bench(core, screener=FakeScreener(lambda _: parse("affirm")), dialogue=Asking())
    conversation_id, _ = await say(bench, "x", "SM1")
    await say(bench, "haan par hun nai", "SM2")
    assert await messages(core, conversation_id)


@pytest.mark.parametrize("hidden", ["\u200b" * 9000, " " * 9000, "/" * 2100])
async def test_danger_behind_thousands_of_empty_signs_is_screened(core: Core, hidden: str) -> None:
    screener = FakeScreener()
    screener.dead = True
    bench = Bench(core, screener=screener)
    await say(bench, hidden + "میں خودکشی کرنے لگی ہوں", "SM1")
    assert any(a.level == "critical" for _, a in bench.desk.alarms)  # type: ignore[attr-defined]


async def test_a_command_at_the_start_of_a_long_message_erases_nothing(core: Core) -> None:
    bench = Bench(core)
    conversation_id, _ = await say(bench, "erase" + " " * 4000 + "is what he told me to do", "SM1")
    assert await messages(core, conversation_id)


async def test_a_message_is_read_with_the_persons_own_last_words(core: Core) -> None:
    bench = Bench(core)
    for number, words in enumerate(("first", "second", "third", "fourth")):
        await say(bench, words, f"SM{number}")
    assert bench.screener.before == [  # type: ignore[attr-defined]
        (), ("first",), ("first", "second"), ("second", "third"),
    ]  # fmt: skip


async def test_words_of_another_hour_are_not_read_with_it(core: Core) -> None:
    bench = Bench(core)
    await say(bench, "first", "SM1")
    core.clock.move(timedelta(minutes=31))  # type: ignore[attr-defined]
    await say(bench, "second", "SM2")
    assert bench.screener.before == [(), ()]  # type: ignore[attr-defined]
