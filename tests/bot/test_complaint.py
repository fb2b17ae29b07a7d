"""The complaint form in the dialogue: answers, questions beside it, danger, ways out."""

from __future__ import annotations

from typing import Any

import pytest

from bot.complaint import SAYS, in_form, is_code
from tests.bot.conftest import Vault
from tests.bot.stand_in import ActionServer
from tests.bot.talking import keys, on_loop, risk, say

ASKED = "complaint.ask.platform"


async def begun(agent: Any, vault: Vault) -> str:
    """A conversation in which the form is open."""
    sender = vault.open_conversation()
    await say(agent, sender, "x", "file_complaint")
    replies = await say(agent, sender, "1", "complaint_begin", value="begin")
    assert keys(replies) == [ASKED]
    return sender


@on_loop
async def test_the_form_asks_until_nothing_is_open(agent: Any, vault: Vault) -> None:
    sender = await begun(agent, vault)
    for text, intent in (("facebook", "out_of_scope"), ("nahi pata", "deny"), ("ok", "affirm")):
        assert keys(await say(agent, sender, text, intent)) == [ASKED], text
    assert keys(await say(agent, sender, "1", "complaint_says", value="declare")) == []
    # The form is over: the next message is read as always.
    assert keys(await say(agent, sender, "x", "ask_law")) == ["ask.law"]


@on_loop
async def test_a_question_beside_it_is_answered_and_the_form_asks_again(
    agent: Any, vault: Vault
) -> None:
    sender = await begun(agent, vault)
    replies = await say(agent, sender, "what does the law say about this", "ask_law")
    assert keys(replies) == ["ask.law", ASKED]
    replies = await say(agent, sender, "will they know my name then", "ask_anonymity")
    assert keys(replies) == ["ask.anonymity", ASKED]


@pytest.mark.parametrize(
    ("intent", "action"),
    [("request_human", "action_request_human"), ("stop_messages", "action_stop_messages")],
)
@on_loop
async def test_a_way_out_leaves_the_form(
    agent: Any, vault: Vault, actions: ActionServer, intent: str, action: str
) -> None:
    sender = await begun(agent, vault)
    replies = await say(agent, sender, "x", intent, value="certain")
    assert ASKED not in keys(replies)
    assert actions.names(sender)[-1] == action


@pytest.mark.parametrize("kind", ["suicide", "harm"])
@on_loop
async def test_danger_goes_first_and_ends_the_form(
    agent: Any, vault: Vault, actions: ActionServer, kind: str
) -> None:
    sender = await begun(agent, vault)
    replies = await say(agent, sender, "x", "out_of_scope", effective=risk("critical", kind))
    assert keys(replies) == [f"risk.{kind}.critical"]
    assert actions.names(sender)[-1] == "action_escalate"
    # What she writes next is no answer to a question from before.
    await say(agent, sender, "facebook", "out_of_scope", risk_open=True)
    assert actions.names(sender)[-1] != "validate_complaint_form"


@on_loop
async def test_what_answers_a_human_is_no_answer_to_the_form(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = await begun(agent, vault)
    before = len(actions.names(sender))
    await say(agent, sender, "facebook", "affirm", answers_others=True)
    assert "validate_complaint_form" not in actions.names(sender)[before:]


@on_loop
async def test_a_code_and_taking_back_are_known_by_their_words(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "K7QM-2RTP-9XWD", "out_of_scope", confidence=0.1)
    await say(agent, sender, "withdraw", "out_of_scope", confidence=0.1)
    assert actions.names(sender) == ["action_status", "action_complaint_withdraw"]


@pytest.mark.parametrize(
    ("text", "intent", "confidence", "choice", "asked", "found"),
    [
        ("why", "out_of_scope", 0.2, None, ASKED, SAYS),
        ("skip", "deny", 0.9, None, ASKED, SAYS),
        ("2", "complaint_says", 1.0, "change", "complaint.change", SAYS),
        ("2", "request_human", 1.0, None, "complaint.change", SAYS),
        # Her own words are an answer, whatever they resemble.
        ("what should i do, he asks money", "ask_law", 0.9, None, "complaint.ask.story", SAYS),
        ("what should i do about the law", "ask_law", 0.9, None, ASKED, "ask_law"),
        ("law kya", "ask_law", 0.9, None, ASKED, SAYS),
        ("saṛai", "request_human", 0.9, "certain", ASKED, "request_human"),
        ("man", "request_human", 1.0, "certain", "complaint.ask.gender", SAYS),
        ("kisi insan se baat karni hai", "request_human", 0.9, None, ASKED, "request_human"),
        ("Invented Person", "request_human", 0.9, None, "complaint.ask.name", SAYS),
        ("I want a real human", "request_human", 0.9, None, "complaint.ask.name", "request_human"),
        ("no human helped me", "request_human", 0.8, None, "complaint.ask.story", SAYS),
        # The code of an earlier one is looked up, and is no answer to this one.
        (" k7qm-2rtp-9xwd ", "out_of_scope", 0.2, None, ASKED, "check_status"),
        ("K7QM-2RTP-9XWD", "out_of_scope", 0.2, None, "complaint.ask.story", "check_status"),
        ("15 August 2026", "out_of_scope", 0.2, None, "complaint.ask.when", SAYS),
        ("inventedab12", "out_of_scope", 0.2, None, "complaint.ask.links", SAYS),
    ],
)
def test_what_is_an_answer(
    text: str, intent: str, confidence: float, choice: str | None, asked: str, found: str
) -> None:
    assert in_form(text, intent, confidence, choice, asked)[0] == found


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("K7QM-2RTP-9XWD", True),
        ("k7qm 2rtp 9xwd", True),
        ("K7QM2RTP9XWD", True),
        ("0300 0001 2345", False),
        ("kuch bhi nahi", False),
        ("GHARGHARGHAR", False),
    ],
)
def test_what_looks_like_a_code(text: str, is_one: bool) -> None:
    assert is_code(text) is is_one
