"""What the assistant says to what, in all variants, and that danger goes before all."""

from __future__ import annotations

from typing import Any

import pytest

from amaan.words import VARIANTS
from tests.bot.conftest import Vault
from tests.bot.stand_in import ActionServer
from tests.bot.talking import keys, on_loop, risk, say

ANSWERS = {
    **{
        f"report_{name}": f"report.{name}"
        for name in (
            "image_abuse", "blackmail", "harassment", "impersonation", "doxxing", "defamation",
            "hacking", "sexual_assault", "child_abuse", "domestic_violence", "fraud",
        )
    },
    **{
        f"ask_{name}": f"ask.{name}"
        for name in (
            "law", "how_to_report", "evidence", "content_removal", "device_safety", "referral",
            "anonymity",
        )
    },
    **{
        name: name
        for name in (
            "greet", "affirm", "deny", "thanks", "goodbye",
            "bot_challenge", "give_feedback", "out_of_scope",
        )
    },
    "file_complaint": "complaint.start",
    "check_status": "status.ask_code",
    "suicide_risk": "risk.suicide.elevated",
    "imminent_harm": "risk.harm.elevated",
    "ask_safety_plan": "plan.start",
    "request_human": "human.asked",
    "erase_conversation": "erase.ask",
    "change_language": "language.ask",
    "stop_messages": "stop.done",
}  # fmt: skip


def test_every_intent_of_the_design_is_listed_here() -> None:
    from rasa.shared.core.domain import Domain

    from bot.importer import DOMAIN

    internal = {
        "inform", "about_me", "plan_part", "angry", "in_danger", "waiting", "deny_danger",
        "deny_erase",
        "greet_after_human", "tells_more", "nlu_fallback", "nlu_fallback_again", "complaint_begin",
        "complaint_says", "complaint_leave", "complaint_withdraw",
    }  # fmt: skip
    default = {"restart", "back", "session_start", "out_of_scope"}
    found = set(Domain.load(str(DOMAIN)).intents) - internal - default
    assert found | {"out_of_scope"} == set(ANSWERS)
    assert len(ANSWERS) == 35


@pytest.mark.parametrize("variant", sorted(VARIANTS))
@pytest.mark.parametrize("channel", ["web", "sms", "whatsapp"])
@on_loop
async def test_every_intent_is_answered_by_its_key(
    agent: Any, vault: Vault, variant: str, channel: str
) -> None:
    for intent, key in ANSWERS.items():
        sender = vault.open_conversation()
        replies = await say(agent, sender, "x", intent, variant=variant, channel=channel)
        assert keys(replies) == [key], intent
        assert replies[0]["text"]
        assert channel != "sms" or len(replies[0]["menu"]) <= 3
        assert all(option["label"] for option in replies[0]["menu"])


@pytest.mark.parametrize(
    ("effective", "is_open", "key"),
    [
        (risk("critical", "suicide"), False, "risk.suicide.critical"),
        (risk("elevated", "suicide"), False, "risk.suicide.elevated"),
        (risk("critical", "harm"), False, "risk.harm.critical"),
        (risk("elevated", "harm"), False, "risk.harm.elevated"),
        (risk("critical", "harm", "other"), False, "risk.bystander.critical"),
        (risk("elevated", "suicide", "other"), False, "risk.bystander.elevated"),
        # Somebody was called before, but she has not read these words yet.
        (risk("critical", "suicide"), True, "risk.suicide.critical"),
        (risk("critical", None), False, "risk.harm.critical"),
    ],
)
@on_loop
async def test_danger_is_answered_first_and_escalated(
    agent: Any,
    vault: Vault,
    actions: ActionServer,
    effective: dict[str, Any],
    is_open: bool,
    key: str,
) -> None:
    sender = vault.open_conversation()
    replies = await say(agent, sender, "x", "greet", effective=effective, risk_open=is_open)
    assert keys(replies) == [key]
    assert actions.names(sender) == ["action_escalate"]


@on_loop
async def test_danger_is_answered_while_the_actions_are_down(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = vault.open_conversation()
    actions.is_down = True
    try:
        replies = await say(agent, sender, "x", "greet", effective=risk("critical", "harm"))
    finally:
        actions.is_down = False
    assert keys(replies) == ["risk.harm.critical"]
    assert keys(await say(agent, sender, "x", "greet")) == ["greet"]


async def _until_second_question(agent: Any, sender: str) -> None:
    assert keys(await say(agent, sender, "plan", "ask_safety_plan")) == ["plan.start"]
    replies = await say(agent, sender, "2", "inform", value="shared")
    assert keys(replies) == ["plan.near"]


@on_loop
async def test_the_plan_asks_two_questions(agent: Any, vault: Vault, actions: ActionServer) -> None:
    sender = vault.open_conversation()
    await _until_second_question(agent, sender)
    replies = await say(agent, sender, "1", "inform", value="yes")
    assert keys(replies) == ["plan.shared", "plan.near_yes"]
    # It may be started again, and asks again.
    assert keys(await say(agent, sender, "plan", "ask_safety_plan")) == ["plan.start"]


@on_loop
async def test_typed_words_answer_the_plan(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "plan", "ask_safety_plan")
    replies = await say(agent, sender, "mera apna phone hai", "affirm", variant="ur-Latn")
    assert keys(replies) == ["plan.near"]
    replies = await say(agent, sender, "nahi", "deny", variant="ur-Latn")
    assert keys(replies) == ["plan.own", "plan.near_no"]


@pytest.mark.parametrize("level", ["elevated", "critical"])
@pytest.mark.parametrize("intent", ["affirm", "deny", "inform", "out_of_scope", "suicide_risk"])
@on_loop
async def test_danger_interrupts_the_plan_and_fills_nothing(
    agent: Any, vault: Vault, actions: ActionServer, level: str, intent: str
) -> None:
    sender = vault.open_conversation()
    await _until_second_question(agent, sender)
    replies = await say(agent, sender, "x", intent, effective=risk(level, "suicide"), value="yes")
    assert keys(replies) == [f"risk.suicide.{level}"]
    assert actions.names(sender)[-1] == "action_escalate"
    tracker = await agent.tracker_store.retrieve(sender)
    assert tracker.active_loop_name is None
    assert tracker.get_slot("lives_with") is None
    assert tracker.get_slot("requested_slot") is None
    assert keys(await say(agent, sender, "thanks", "thanks")) == ["thanks"]


@on_loop
async def test_a_clear_other_wish_leaves_the_plan(agent: Any, vault: Vault) -> None:
    for intent, key in ANSWERS.items():
        if intent in {"affirm", "deny", "ask_safety_plan"}:
            continue
        sender = vault.open_conversation()
        await _until_second_question(agent, sender)
        assert keys(await say(agent, sender, "x", intent)) == [key], intent
        tracker = await agent.tracker_store.retrieve(sender)
        assert tracker.active_loop_name is None, intent


@on_loop
async def test_no_stops_the_plan_at_its_first_question(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "plan", "ask_safety_plan")
    assert keys(await say(agent, sender, "no I changed my mind", "deny")) == ["plan.stopped"]


@on_loop
async def test_not_understood_stays_in_the_plan(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "plan", "ask_safety_plan")
    replies = await say(agent, sender, "qwrt", "report_fraud", confidence=0.05)
    assert keys(replies) == ["fallback.ask", "plan.start"]


@on_loop
async def test_the_plan_asked_for_in_the_plan_starts_anew(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "plan", "ask_safety_plan")
    assert keys(await say(agent, sender, "safety plan", "ask_safety_plan")) == ["plan.start"]
    assert keys(await say(agent, sender, "law?", "ask_law"))[0] == "ask.law"


@on_loop
async def test_an_intent_without_a_rule_is_not_understood_once(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    assert keys(await say(agent, sender, "own", "inform")) == ["fallback.ask"]


@on_loop
async def test_twice_not_understood_offers_a_person(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    low: dict[str, Any] = {"confidence": 0.05}
    assert keys(await say(agent, sender, "qwrt", "ask_law", **low)) == ["fallback.ask"]
    assert keys(await say(agent, sender, "zxcv", "ask_law", **low)) == ["fallback.human"]
    assert keys(await say(agent, sender, "yes", "affirm")) == ["human.asked"]


@on_loop
async def test_yes_and_no_to_the_question_about_danger(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "greet", effective=risk("elevated", "suicide"))
    assert keys(await say(agent, sender, "no", "deny")) == ["risk.denied"]
    await say(agent, sender, "x", "greet", effective=risk("elevated", "suicide"))
    assert keys(await say(agent, sender, "yes", "affirm")) == ["risk.suicide.critical"]
    assert actions.names(sender)[-1] == "action_escalate"


@on_loop
async def test_erase_is_asked_and_may_be_declined(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    replies = await say(agent, sender, "x", "erase_conversation")
    assert [option["value"] for option in replies[0]["menu"]] == ["confirmed", "kept"]
    assert keys(await say(agent, sender, "no", "deny")) == ["erase.kept"]


@on_loop
async def test_a_message_is_answered_once(agent: Any, vault: Vault, actions: ActionServer) -> None:
    sender = vault.open_conversation()
    first = await say(
        agent, sender, "x", "greet", effective=risk("critical", "harm"), message_id="m1"
    )
    await say(agent, sender, "y", "thanks", message_id="m2")
    stored = vault.sealed(sender)
    again = await say(
        agent, sender, "x", "greet", effective=risk("critical", "harm"), message_id="m1"
    )
    assert again == first
    assert vault.sealed(sender) == stored
    assert actions.names(sender) == ["action_escalate"]


@on_loop
async def test_a_long_chat_is_trimmed_and_goes_on(agent: Any, vault: Vault) -> None:
    from bot.trimming import MOST_TURNS

    sender = vault.open_conversation()
    for _ in range(MOST_TURNS + 5):
        await say(agent, sender, "x", "thanks")
    tracker = await agent.tracker_store.retrieve(sender)
    assert sum(event.type_name == "user" for event in tracker.events) == MOST_TURNS
    assert keys(await say(agent, sender, "x", "greet")) == ["greet"]


@pytest.mark.parametrize("channel", ["web", "sms", "whatsapp"])
@on_loop
async def test_after_a_human_was_there_nothing_begins_again(
    agent: Any, vault: Vault, channel: str
) -> None:
    sender = vault.open_conversation()
    assert keys(await say(agent, sender, "hello", "greet", channel=channel)) == ["greet"]
    after: dict[str, Any] = {"channel": channel, "after_human": True}
    replies = await say(agent, sender, "hello", "greet", answers_others=True, **after)
    assert keys(replies) == ["human.after"]
    assert replies[0]["menu"]
    assert keys(await say(agent, sender, "hello", "greet", **after)) == ["human.after"]
    assert keys(await say(agent, sender, "law?", "ask_law", **after)) == ["ask.law"]
    low = await say(agent, sender, "qwrt", "greet", confidence=0.05, **after)
    assert keys(low) == ["fallback.ask"]


@on_loop
async def test_an_answer_to_a_human_fills_no_plan_of_before(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await _until_second_question(agent, sender)
    replies = await say(agent, sender, "yes", "affirm", answers_others=True)
    assert keys(replies) == ["affirm"]
    tracker = await agent.tracker_store.retrieve(sender)
    assert tracker.active_loop_name is None
    assert tracker.get_slot("device_owner") is None
    assert tracker.get_slot("lives_with") is None


@on_loop
async def test_a_yes_to_a_human_is_no_yes_to_danger(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "greet", effective=risk("elevated", "suicide"))
    replies = await say(agent, sender, "yes", "affirm", answers_others=True)
    assert keys(replies) == ["affirm"]


@on_loop
async def test_a_hello_in_the_plan_after_a_human_leaves_it(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await _until_second_question(agent, sender)
    assert keys(await say(agent, sender, "hello", "greet", after_human=True)) == ["human.after"]
    tracker = await agent.tracker_store.retrieve(sender)
    assert tracker.active_loop_name is None


@on_loop
async def test_a_yes_to_the_gentle_question_brings_the_full_words_once(
    agent: Any, vault: Vault
) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "greet", effective=risk("elevated", "suicide"))
    yes = await say(agent, sender, "yes", "affirm", value="danger", risk_open=True)
    assert keys(yes) == ["risk.suicide.critical"]
    critical = risk("critical", "suicide")
    again = await say(agent, sender, "x", "greet", effective=critical, risk_open=True)
    assert keys(again) == ["risk.still"]
    # Another danger has words of its own.
    other = risk("critical", "harm")
    replies = await say(agent, sender, "x", "greet", effective=other, risk_open=True)
    assert keys(replies) == ["risk.harm.critical"]


@pytest.mark.parametrize("intent", ["affirm", "deny"])
@on_loop
async def test_yes_and_no_to_words_for_danger_bring_no_menu(
    agent: Any, vault: Vault, intent: str
) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "greet", effective=risk("critical", "suicide"))
    replies = await say(agent, sender, "no nobody is near", intent, risk_open=True)
    assert keys(replies) == ["risk.still"]


@pytest.mark.parametrize("now", [{"risk_open": False}, {"risk_open": True, "answers_others": True}])
@on_loop
async def test_when_nobody_is_being_called_nobody_is_told_so(
    agent: Any, vault: Vault, now: dict[str, bool]
) -> None:
    # The case was closed since, or a human has spoken with her.
    sender = vault.open_conversation()
    await say(agent, sender, "x", "greet", effective=risk("critical", "harm"))
    assert keys(await say(agent, sender, "yes", "affirm", **now)) == ["affirm"]
