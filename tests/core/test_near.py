""" "He is here": whoever came reads nothing, and nobody is called off."""

from __future__ import annotations

from pathlib import Path

import pytest

from amaan.core import LOCALES, Core
from amaan.ports import Parse
from amaan.text import command, screen
from amaan.text.lexicon import FOLDER, read
from amaan.words import VARIANTS, Catalogues
from handoff.desk import Desk
from tests.core.test_wishes import Talk
from tests.fakes import Bench, FakeScreener, parse

WORDS = Catalogues.load(LOCALES)


def understand(text: str) -> Parse:
    if "die" in text:
        return parse("suicide_risk", level="critical", kind="suicide", language="en", script="Latn")
    if "sad" in text:
        return parse("suicide_risk", level="elevated", kind="suicide", language="en", script="Latn")
    if "hits" in text:
        return parse("imminent_harm", level="critical", kind="harm", language="en", script="Latn")
    return parse("out_of_scope", language="en", script="Latn")


async def talking(core: Core) -> Talk:
    bench = Bench(core, screener=FakeScreener(understand), desk=Desk(core.settings, core.clock))
    return Talk(core, bench, door="web")


async def test_it_is_answered_with_nothing_and_she_can_go_on(core: Core) -> None:
    talk = await talking(core)
    await talk.say("he hits me")
    assert await talk.say("he is here") == ["near.hush"]
    # She is still waited for, and can go on.
    assert "near.hush" not in await talk.say("he is gone now")


async def test_the_words_for_danger_are_owed_when_she_comes_back(core: Core) -> None:
    talk = await talking(core)
    await talk.say("I am so sad")
    # The question about danger is open, and this is no clear no: somebody is called.
    assert await talk.say("he is here") == ["near.hush"]
    assert "risk.suicide.critical" in await talk.say("he is gone now")


async def test_also_when_nobody_was_called(core: Core) -> None:
    talk = await talking(core)
    await talk.say("somebody has my pictures")
    assert await talk.say("wait, my husband came") == ["near.hush"]


async def test_to_whoever_was_asked_for_somebody_near_it_is_an_answer(core: Core) -> None:
    talk = await talking(core)
    talk.bench.dialogue.dead = True  # type: ignore[attr-defined]
    assert "risk.suicide.critical" in await talk.say("I want to die")
    assert "near.hush" not in await talk.say("my mother is here")
    told = talk.bench.dialogue.turns[-1].parse  # type: ignore[attr-defined]
    assert (told.intent, told.value) == ("affirm", None)


@pytest.mark.parametrize(
    "text",
    [
        "he is here to kill me", "he came with a gun", "he is at the door", "he is outside",
        "wo chaku le kar aa gaya", "woh darwaza tor raha hai", "وہ مجھے مارنے آ رہا ہے",
        "هغه راغی چې ما ووژني", "هو مون کي مارڻ آيو آهي", "او مینوں مارن آیا اے",
        "hawa prit ga gon hatk", "he came to my house last night", "salam", "ok", "no", "1",
    ],
)  # fmt: skip
def test_a_threat_is_not_taken_for_it(text: str) -> None:
    assert command(text) != "near"


def test_every_variant_has_words_for_it_and_they_ring_at_nothing() -> None:
    rules = [rule for rule in read(Path(FOLDER / "commands.tsv")) if rule.role == "near"]
    assert {rule.variant for rule in rules} == {*VARIANTS, "pa-Guru"}
    for rule in rules:
        words = " ".join(sorted(item.words)[0] for item in rule.items if not item.optional)
        assert command(words) == "near", rule.id
        assert screen(words).level == "none", rule.id


@pytest.mark.parametrize("tag", sorted(VARIANTS))
@pytest.mark.parametrize("door", ["web", "sms", "whatsapp"])
def test_the_answer_asks_nothing_and_is_short(tag: str, door: str) -> None:
    said = WORDS.text("near.hush", tag, door)
    assert 0 < len(said) <= 60
    assert not set("?؟!0123456789۰۱۲۳۴۵۶۷۸۹") & set(said)
