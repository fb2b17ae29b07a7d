"""What she has told before picks the answer, and is not asked again."""

from __future__ import annotations

from typing import Any

import pytest

from amaan.words import VARIANTS
from bot.memory import topic_of
from bot.menus import menus
from bot.subjects import ANGER, subjects
from bot.telling import key_for, load_platform_keys, platform_of_app, topics
from tests.bot.conftest import Vault
from tests.bot.stand_in import ActionServer
from tests.bot.talking import keys, on_loop, risk, say

LAW = {"key": "ask.law", "menu": "after_law", "by": "law"}
REMOVAL = {"key": "ask.content_removal", "menu": "platforms", "by": "removal"}
WHO = {"key": "ask.how_to_report", "menu": "after_reporting", "by": "who"}


def test_every_key_of_the_topics_exists_in_every_catalogue() -> None:
    from amaan.words import Catalogues
    from bot.settings import LOCALES

    words = Catalogues.load(LOCALES)
    wanted = {*topics().keys(), *topics().menus, *load_platform_keys().values()}
    for tag in VARIANTS:
        for channel in ("web", "sms"):
            assert wanted <= {key for own, key in words.keys(tag) if own == channel}
    assert set(topics().menus.values()) <= set(menus())


@pytest.mark.parametrize(
    ("response", "slots", "choice", "key"),
    [
        (LAW, {}, None, "ask.law"),
        (LAW, {"topic": "hacking"}, None, "law.hacking"),
        (LAW, {"topic": "image_abuse", "age": "minor"}, None, "law.child_abuse"),
        (LAW, {"topic": "fraud", "age": "minor"}, None, "law.fraud"),
        (LAW, {"topic": "unheard_of"}, None, "ask.law"),
        (WHO, {"topic": "fraud"}, "time", "who.time"),
        (WHO, {"topic": "fraud"}, None, "who.money"),
        (REMOVAL, {}, None, "ask.content_removal"),
        (REMOVAL, {"platform": "tiktok"}, None, "removal.tiktok"),
        (REMOVAL, {"platform": "tiktok"}, "meta", "removal.meta"),
        (REMOVAL, {"platform": "tiktok"}, "pta", "removal.pta"),
        ({"key": "greet"}, {"topic": "fraud"}, "time", "greet"),
    ],
)
def test_the_key_follows_what_she_told(
    response: dict[str, str], slots: dict[str, str | None], choice: str | None, key: str
) -> None:
    assert key_for(response, slots, choice)[0] == key


def test_a_child_is_never_told_to_keep_a_picture() -> None:
    for topic in (*topics().usual, None):
        slots = {"topic": topic, "age": "minor"}
        key, _ = key_for({"key": "ask.evidence", "by": "keep"}, slots, None)
        assert key == ("keep.body" if topic == "sexual_assault" else "keep.child"), topic


def test_menus_of_more_than_one_answer() -> None:
    assert key_for(WHO, {}, "refused") == ("who.refused", "after_refused")
    assert key_for(REMOVAL, {}, "x") == ("removal.x", "after_removal")
    assert key_for(LAW, {"topic": "fraud"}, None) == ("law.fraud", "after_law")


def test_a_question_names_its_topic_and_a_report_is_one() -> None:
    assert topic_of("report_hacking", frozenset({"blackmail"})) == "hacking"
    assert topic_of("report_harassment", frozenset({"work"})) == "work"
    assert topic_of("ask_law", frozenset({"blackmail", "time"})) == "blackmail"
    assert topic_of("ask_law", frozenset({"blackmail", "hacking"})) is None
    assert topic_of("greet", frozenset({"blackmail"})) is None


def test_apps_belong_to_platforms() -> None:
    assert platform_of_app()["instagram"] == "meta"
    assert "telegram" not in platform_of_app()


@on_loop
async def test_the_topic_is_remembered(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "report_impersonation")
    assert keys(await say(agent, sender, "1", "ask_evidence")) == ["keep.account"]
    assert keys(await say(agent, sender, "law", "ask_law")) == ["law.impersonation"]
    assert keys(await say(agent, sender, "x", "ask_how_to_report")) == ["who.cyber"]
    replies = await say(agent, sender, "1", "ask_how_to_report", value="time")
    assert keys(replies) == ["who.time"]
    # Another topic, and back.
    await say(agent, sender, "x", "report_fraud")
    assert keys(await say(agent, sender, "law", "ask_law")) == ["law.fraud"]
    assert keys(await say(agent, sender, "law", "ask_law", confidence=0.2)) == ["fallback.ask"]


@on_loop
async def test_a_named_app_answers_the_question_for_it(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    assert keys(await say(agent, sender, "x", "ask_content_removal")) == ["ask.content_removal"]
    named = [("platform", "instagram")]
    replies = await say(agent, sender, "insta", "greet", confidence=0.1, named=named)
    assert keys(replies) == ["removal.meta"]
    assert keys(await say(agent, sender, "x", "ask_content_removal")) == ["removal.meta"]
    other = await say(agent, sender, "x", "ask_content_removal", named=[("platform", "telegram")])
    assert keys(other) == ["removal.other"]


@on_loop
async def test_an_age_under_eighteen_changes_what_is_said(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    # It may be her daughter's: nobody is spoken to as a child for it.
    replies = await say(agent, sender, "x", "report_image_abuse", named=[("age", "15")])
    assert keys(replies) == ["report.image_abuse"]
    assert keys(await say(agent, sender, "x", "ask_evidence")) == ["keep.child"]


@on_loop
async def test_a_child_who_says_so_is_spoken_to_as_one(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    replies = await say(agent, sender, "i am under 18", "report_image_abuse")
    assert keys(replies) == ["for.minor", "report.image_abuse"]
    assert replies[0]["menu"] == []
    assert keys(await say(agent, sender, "x", "ask_evidence")) == ["keep.child"]


@on_loop
async def test_a_new_matter_that_names_an_app_is_no_answer(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "ask_content_removal")
    named = [("platform", "facebook")]
    replies = await say(agent, sender, "x", "report_impersonation", named=named)
    assert keys(replies) == ["report.impersonation"]


@on_loop
async def test_a_grown_up_age_changes_nothing(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    replies = await say(agent, sender, "x", "report_image_abuse", named=[("age", "28")])
    assert keys(replies) == ["report.image_abuse"]


@on_loop
async def test_words_for_questions_and_anger(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    text = "how long will it take"
    assert "time" in subjects(text)
    assert keys(await say(agent, sender, text, "check_status")) == ["who.time"]
    assert keys(await say(agent, sender, "this is useless", "out_of_scope")) == ["anger"]
    # What she reports is never taken for anger at the helper.
    replies = await say(agent, sender, "i told him this is useless", "report_harassment")
    assert keys(replies) == ["report.harassment"]


@pytest.mark.parametrize(
    "text",
    [
        "tum sab jhoote ho, koi madad nahi karta",
        "mera time zaya kar rahe ho",
        "awhan ja kam nakara ahyo, waqt zaya pya kayo",
        "توهان سڀ ڪوڙا آهيو",
        "ta na hech kar na kege",
        "تاسو نه هیڅ کار نه کیږي",
        "tusi sare jhoothe o",
        "shuma hech kar nakanet, drog bande",
        "you are wasting my time",
    ],
)
def test_anger_at_the_helper_is_heard(text: str) -> None:
    assert ANGER in subjects(text)


@pytest.mark.parametrize(
    "text",
    [
        "mera time barbad kar diya us larke ne",
        "kya aap meri madad kar sakte hain",
        "tawhan muhnji madad kando?",
        "awhan kujh na kanda ta police kare chha",
        "shuma hech mana gushagut ke",
        "he is wasting my money",
    ],
)
def test_a_plea_and_a_story_are_no_anger(text: str) -> None:
    assert ANGER not in subjects(text)


@on_loop
async def test_danger_fills_nothing_and_the_plan_can_go_on(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "plan", "ask_safety_plan")
    danger = risk("elevated", "harm")
    named = [("age", "15")]
    await say(agent, sender, "x", "greet", effective=danger, named=named)
    await say(agent, sender, "no", "deny", value="safe")
    assert actions.names(sender)[-2:] == ["action_plan_resume", "action_complaint_resume"]
    assert "action_also" not in actions.names(sender)


@on_loop
async def test_a_part_of_the_plan_is_asked_of_the_application(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "plan_part", value="money")
    assert actions.names(sender) == ["action_plan_part"]


@on_loop
async def test_more_of_a_story_is_taken_as_that_and_no_new_matter(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "report_image_abuse")
    unsure = {"confidence": 0.4, "named": [("city", "Nawabshah"), ("province", "Sindh")]}
    replies = await say(agent, sender, "x", "report_sexual_assault", **unsure)
    assert keys(replies) == ["told.more"]
    named = [("city", "Gujranwala"), ("province", "Punjab")]
    assert keys(await say(agent, sender, "x", "goodbye", named=named)) == ["told.more"]
    assert keys(await say(agent, sender, "x", "out_of_scope")) == ["told.more"]
    assert keys(await say(agent, sender, "x", "goodbye")) == ["goodbye"]
    # What she told stays the matter; what she named beside it is remembered.
    assert keys(await say(agent, sender, "x", "ask_law")) == ["law.image_abuse"]
    # Said clearly it is a matter of its own.
    assert keys(await say(agent, sender, "x", "report_hacking")) == ["report.hacking"]


@on_loop
async def test_the_first_words_of_a_story_are_no_more_of_one(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    replies = await say(agent, sender, "x", "report_hacking", confidence=0.4)
    assert keys(replies) == ["report.hacking"]


@on_loop
async def test_she_hears_first_that_somebody_will_read_it(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "report_hacking")
    replies = await say(agent, sender, "x", "report_fraud", confidence=0.3, risk_open=True)
    assert keys(replies) == ["wait.here"]
