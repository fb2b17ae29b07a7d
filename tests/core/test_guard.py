"""The guard: what stands on the phone when somebody else may hold it, and who is called."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest

from amaan.clock import SetClock
from amaan.conversation.guard import COVER, OPENED, WHO, Guard, State, Step, step
from amaan.conversation.hand import Hand, hand_of, is_another
from amaan.conversation.store import lock_conversation
from amaan.conversation.wishes import Wishes
from amaan.core import Core
from amaan.ports import Inbound, Parse
from amaan.storage.models import Conversation
from amaan.text import fold
from handoff.staff import StaffAccounts
from tests.core.test_conversation import conversation, messages
from tests.core.test_wishes import Talk
from tests.fakes import Bench, FakeScreener, parse

WORD, HIDE = "zaitoon", "chai ki dukan"
BOTH = Wishes(fold(WORD), fold(HIDE))
ONE = Wishes(fold(WORD))
STATES: tuple[State, ...] = ("open", "ask", "cover")
TEXTS = (WORD, HIDE, "kon ho", "یہ کس کا نمبر ہے", "salam", "", "human", "wrong word", "1")


@pytest.mark.parametrize(("wishes", "state"), list(product((BOTH, ONE, Wishes()), STATES)))
@pytest.mark.parametrize("text", TEXTS)
def test_every_state_with_every_message(wishes: Wishes, state: State, text: str) -> None:
    for door, first, doubted in product(("sms", "whatsapp", "web"), (False, True), (False, True)):
        found = step(wishes, state, text, door=door, first=first, doubted=doubted)
        again = step(wishes, found.state, text, door=door, first=first, doubted=doubted)
        assert again == found, "a worker that was killed decides the same"
        if wishes.word is None:
            assert found.state == "open", "nobody who chose no word is ever locked out"
            assert found.answer in (None, WHO)
            continue
        assert (found.answer is None) == (found.state == "open" and text != WORD)
        if text == WORD:
            assert found == Step("open", OPENED, secret=True)
        elif text == HIDE and wishes.cover:
            assert found == Step("cover", COVER, secret=True)
        elif state == "cover":
            assert found.state == "cover"
            assert found.answer in (COVER, WHO)
            assert not found.may_yield
        elif text in ("kon ho", "یہ کس کا نمبر ہے"):
            assert found == Step("cover", WHO)
        elif state == "ask" or doubted:
            assert found == Step("ask", "guard.ask")


UR, LATN = Hand("Arab", "ur"), Hand("Latn", "ur")


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (LATN, (UR, UR, UR), True),
        (UR, (UR, UR, UR), False),
        (LATN, (UR, UR), False),
        (LATN, (UR, LATN, UR), False),
        (Hand("Latn", "ps"), (LATN, LATN, LATN), True),
        (Hand("Latn", "ps"), (LATN, Hand("Latn", None), LATN), False),
        (Hand("Latn", None), (LATN, LATN, LATN), False),
        (None, (UR, UR, UR), False),
    ],
)
def test_another_hand_is_all_others_at_once(
    now: Hand | None, before: tuple[Hand, ...], expected: bool
) -> None:
    assert is_another(now, before) is expected


@pytest.mark.parametrize(
    "text", ["ok", "1", "hi!", "www.facebook.com/some body", "@some @body", "erase", "urdu", "مدد"]
)
def test_what_says_nothing_about_a_hand(text: str) -> None:
    assert hand_of(text, parse()) is None


def understand(text: str) -> Parse:
    """A parse by a word in the text."""
    if "kill" in text:
        return parse("imminent_harm", level="critical", kind="harm", language="en", script="Latn")
    if "sad" in text:
        return parse("suicide_risk", level="elevated", kind="suicide")
    if text == "human":
        return parse("request_human")
    return parse()


async def guarded(core: Core, *, cover: bool = True, door: str = "sms") -> Talk:
    """Somebody who has chosen her word, and a cover."""
    bench = Bench(core, screener=FakeScreener(understand))
    talk = await (await Talk(core, bench, door=door).begin()).choose_word(WORD)
    if cover:
        await talk.say("private")
        assert await talk.say("4") == ["private.ask_cover"]
        assert await talk.say(HIDE) == ["private.saved"]
    return talk


async def pause(core: Core, minutes: int = 31) -> None:
    """Time passes."""
    assert isinstance(core.clock, SetClock)
    core.clock.move(timedelta(minutes=minutes))


async def state(core: Core, talk: Talk) -> str:
    """The guard's state."""
    return (await conversation(core, talk.id)).guard


async def test_after_a_pause_her_word_is_asked_for_and_opens(core: Core) -> None:
    talk = await guarded(core)
    await pause(core, 29)
    assert await talk.say("salam") == ["greet"]
    await pause(core)
    turns = len(talk.bench.dialogue.turns)  # type: ignore[attr-defined]
    for text in ("salam", "wrong", "wrong again", "and again"):
        assert await talk.say(text) == ["guard.ask"], "no lock-out, and no other answer"
    assert await talk.say(" ZAITUN ") == ["guard.opened"]
    assert len(talk.bench.dialogue.turns) == turns, "the dialogue saw none of them"  # type: ignore[attr-defined]
    assert await talk.say("salam") == ["greet"]
    assert WORD not in str([c.text.casefold() for _, c in await messages(core, talk.id)])


async def test_without_a_word_a_pause_changes_nothing(core: Core) -> None:
    talk = await Talk(core).begin()
    await pause(core, 600)
    assert await talk.say("salam") == ["greet"]


async def test_the_cover_shows_nothing_else_and_rings_for_danger(core: Core) -> None:
    talk = await guarded(core)
    assert await talk.say(HIDE) == ["cover.reply"]
    assert await talk.say("he will kill me") == ["cover.reply"], "never crisis words"
    assert talk.alarms[-1][0] == "critical"
    assert "guard.cover" in talk.alarms[-1][2]
    assert await talk.say("kon ho") == ["cover.who"]
    assert await talk.say("human") == ["cover.reply"]
    assert talk.alarms[-1][:2] == ("requested", "asked")
    assert await state(core, talk) == "cover"
    # What was held back is owed to her.
    assert await talk.say(WORD) == ["guard.opened", "risk.harm.critical"]


async def test_danger_while_her_word_is_awaited_is_answered_as_ever(core: Core) -> None:
    talk = await guarded(core)
    await pause(core)
    assert await talk.say("he will kill me") == ["greet"], "the dialogue answers"
    assert "guard.ask" in talk.alarms[-1][2]
    assert await state(core, talk) == "ask"
    assert await talk.say("salam") == ["guard.ask"]


async def test_the_gentle_question_waits_until_she_is_there(core: Core) -> None:
    talk = await guarded(core)
    await pause(core)
    assert await talk.say("sad") == ["guard.ask"]
    assert talk.alarms[-1][0] == "elevated"
    assert (await conversation(core, talk.id)).pending_kind is None, "it was not asked"
    assert await talk.say(WORD) == ["guard.opened", "risk.suicide.elevated"]
    assert (await conversation(core, talk.id)).pending_kind == "suicide"
    # Her word is no unclear answer to it.
    assert await talk.say(WORD) == ["guard.opened"]
    assert all(level != "critical" for level, _, _ in talk.alarms)


async def test_a_stranger_who_asks_gets_the_cover(core: Core) -> None:
    talk = await guarded(core, cover=False)
    assert await talk.say("ye kis ka number hai") == ["cover.who"]
    assert await state(core, talk) == "cover"
    plain = Talk(core, talk.bench, door="whatsapp")
    await plain.begin()
    assert await plain.say("kon ho") == ["cover.who"]
    assert await state(core, plain) == "open"


async def test_another_hand_is_asked_for_the_word(core: Core) -> None:
    talk = await guarded(core)
    for _ in range(3):
        await talk.say("مجھے مدد چاہیے")
    assert await talk.say("hello who are these people") == ["guard.ask"]
    assert await talk.say(WORD) == ["guard.opened"]
    assert await talk.say("it was me all along") == ["greet"], "it is not asked twice"


@pytest.mark.parametrize("text", ["erase", "مٹا دو"])
@pytest.mark.parametrize("closed", ["ask", "cover"])
async def test_erase_works_in_every_state(core: Core, text: str, closed: str) -> None:
    talk = await guarded(core)
    if closed == "cover":
        await talk.say(HIDE)
    else:
        await pause(core)
    await talk.bench.processor.process(
        (await talk.bench.acceptor.accept(_inbound(text))).message_id  # type: ignore[arg-type]
    )
    async with core.database.transaction() as tx:
        assert await tx.session.get(Conversation, talk.id) is None


async def test_stop_works_under_cover(core: Core) -> None:
    talk = await guarded(core)
    await talk.say(HIDE)
    assert await talk.say("stop") == ["cover.reply"]
    assert (await conversation(core, talk.id)).stopped


async def test_a_stranger_does_not_change_her_language(core: Core) -> None:
    talk = await guarded(core)
    await pause(core)
    await talk.say("he will kill her you know")
    assert (await conversation(core, talk.id)).language == "ur"


async def test_the_guard_speaks_beside_a_human_who_holds_the_chat(core: Core) -> None:
    talk = await guarded(core)
    staff = await StaffAccounts(core).add("asma", "supervisor", ["ur"], on_call=False)
    async with core.database.transaction() as tx:
        found = await lock_conversation(tx, talk.id)
        assert found is not None
        found.holder_id = staff.id
    assert await talk.say("salam") == [], "the human answers"
    assert await talk.say(HIDE) == ["cover.reply"]
    assert await state(core, talk) == "cover"
    assert await talk.say(WORD) == ["guard.opened"]
    texts = [content.text for _, content in await messages(core, talk.id)]
    assert HIDE not in texts, "the human does not learn her words"


async def test_the_web_page_closes_and_opens(core: Core) -> None:
    talk = await guarded(core, door="web")
    guard = Guard(core.vault, core.clock, core.settings.guard_after)
    await pause(core)
    async with core.database.transaction() as tx:
        found = await lock_conversation(tx, talk.id)
        assert found is not None
        assert await guard.close(tx, found)
        assert found.guard == "ask"
        assert not await guard.open(tx, found, "wrong")
        assert found.guard == "ask"
        assert await guard.open(tx, found, WORD.upper())
        assert found.guard == "open"
    assert await talk.say("salam") == ["greet"], "her word on the page ended the pause"


async def test_without_a_word_the_page_cannot_be_closed(core: Core) -> None:
    talk = await Talk(core, door="web").begin()
    guard = Guard(core.vault, core.clock, core.settings.guard_after)
    async with core.database.transaction() as tx:
        found = await lock_conversation(tx, talk.id)
        assert found is not None
        assert not await guard.close(tx, found)
        assert await guard.open(tx, found, "anything")
        assert found.guard == "open"


async def test_when_all_fails_the_guard_still_holds(core: Core) -> None:
    talk = await guarded(core)
    await talk.say(HIDE)
    accepted = await talk.bench.acceptor.accept(_inbound("anything"))
    assert accepted.message_id is not None
    await talk.bench.processor.give_up(accepted.message_id)
    assert talk.alarms[-1][1] == "processing_failed"
    assert (await messages(core, talk.id))[-1][1].key == "cover.reply"


def _inbound(text: str) -> Inbound:
    return Inbound("sms", "+923000000001", text, f"SM{uuid4().hex}")
