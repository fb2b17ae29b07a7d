"""What a message is about besides its danger, and when that is answered."""

from __future__ import annotations

from typing import Any

import pytest

from bot.matter import after_courtesy, beside_danger, opens_with_no
from tests.bot.conftest import Vault
from tests.bot.stand_in import ActionServer
from tests.bot.talking import keys, on_loop, risk, say


@pytest.mark.parametrize(
    ("ranking", "matter"),
    [
        ([("suicide_risk", 0.6), ("report_blackmail", 0.3), ("greet", 0.1)], "report_blackmail"),
        ([("imminent_harm", 0.9), ("report_harassment", 0.02), ("greet", 0.01)], None),
        ([("imminent_harm", 0.5), ("thanks", 0.4), ("report_harassment", 0.1)], None),
        ([("suicide_risk", 0.5), ("ask_law", 0.16), ("greet", 0.1)], "ask_law"),
        ([("report_hacking", 0.5), ("suicide_risk", 0.3)], "report_hacking"),
        ([("suicide_risk", 1.0)], None),
        ([], None),
    ],
)
def test_the_matter_is_what_would_be_left_without_the_danger(
    ranking: list[tuple[str, float]], matter: str | None
) -> None:
    assert beside_danger(ranking) == matter


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("thanks. how is it removed", "how is it removed"),
        ("نہیں۔ اس کے پاس تصویریں ہیں", "اس کے پاس تصویریں ہیں"),
        ("no, nobody", None),
        ("shukriya bohat", None),
        ("", None),
    ],
)
def test_what_follows_a_courtesy(text: str, rest: str | None) -> None:
    assert after_courtesy(text) == rest


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("nahi nahi aisi baat nahi. bas wo dhamka raha hai", "nahi nahi aisi baat nahi"),
        ("نہیں، وہ صرف تنگ کرتا ہے", "نہیں"),
        ("no. i only want it removed", "no"),
        ("no", None),
        ("nobody is here. help", None),
        ("no one is helping me. he has my pictures", None),
        ("not safe. he has my pictures", None),
        ("i said no. he did it", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_message_that_begins_with_a_no(text: str, first: str | None) -> None:
    assert opens_with_no(text) == first


NO_DANGER = {"level": "none", "kind": None, "score": 0.0, "who": "self", "why": []}


async def tell(agent: Any, sender: str, intent: str, matter: str | None, **more: Any) -> Any:
    """One message with a matter; `own` is the risk that its own words show."""
    from bot.conversation import handle
    from bot.requests import message_of
    from tests.bot.talking import body

    own = more.pop("own", None)
    request = body(sender, "x y z", intent, **more)
    request["parse"]["matter"] = matter
    if own is not None:
        request["parse"]["risk"] = own
    return await handle(agent, message_of(request))


@on_loop
async def test_a_clear_no_is_heard_before_what_follows_it(agent: Any) -> None:
    from bot.assess import assess

    text = "nahi nahi marne wali baat nahi hai. bas wo larka meri tasveer se dhamka raha hai"
    assert (await assess(agent, text))["denies"]
    assert not (await assess(agent, "meri tasveer se dhamka raha hai. bas"))["denies"]


@on_loop
async def test_yes_to_the_question_is_a_yes_whatever_follows_it(agent: Any, vault: Vault) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "suicide_risk", effective=risk("elevated", "suicide"))
    replies = await tell(agent, sender, "affirm", "report_blackmail")
    assert keys(replies) == ["risk.suicide.critical"]


@on_loop
async def test_what_was_owed_before_a_talk_with_a_human_is_forgotten(
    agent: Any, vault: Vault
) -> None:
    sender = vault.open_conversation()
    danger = risk("elevated", "suicide")
    await tell(agent, sender, "suicide_risk", "report_blackmail", effective=danger)
    await say(agent, sender, "x", "thanks", after_human=True)
    assert keys(await say(agent, sender, "2", "deny", value="safe")) == ["risk.denied"]


@on_loop
async def test_who_waits_for_a_human_is_not_greeted_and_not_told_of_mistakes(
    agent: Any, vault: Vault
) -> None:
    sender = vault.open_conversation()
    await say(agent, sender, "x", "imminent_harm", effective=risk("critical", "harm"))
    assert keys(await say(agent, sender, "hello?", "greet", risk_open=True)) == ["risk.still"]
    unclear = {"confidence": 0.1, "risk_open": True}
    assert keys(await say(agent, sender, "how long", "greet", **unclear)) == ["wait.here"]
    assert keys(await say(agent, sender, "x", "out_of_scope", **unclear)) == ["fallback.ask"]
    assert keys(await say(agent, sender, "x", "out_of_scope", **unclear)) == ["wait.here"]
    assert keys(await say(agent, sender, "x", "out_of_scope", confidence=0.1)) == ["fallback.ask"]
    # Long after the words for danger a hello may be somebody else's.
    assert keys(await say(agent, sender, "hello", "greet", risk_open=True)) == ["greet"]


@on_loop
async def test_thanks_and_no_do_not_swallow_what_follows(agent: Any, vault: Vault) -> None:
    for courtesy in ("thanks", "deny", "greet"):
        sender = vault.open_conversation()
        replies = await tell(agent, sender, courtesy, "ask_evidence")
        assert keys(replies) == ["ask.evidence"]


@on_loop
async def test_after_no_danger_her_matter_is_answered(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = vault.open_conversation()
    replies = await tell(
        agent, sender, "suicide_risk", "report_blackmail", effective=risk("elevated", "suicide")
    )
    assert keys(replies) == ["risk.suicide.elevated"]
    replies = await say(agent, sender, "2", "deny", value="safe")
    assert keys(replies) == ["risk.denied", "report.blackmail"]
    # Once is enough.
    assert keys(await say(agent, sender, "2", "deny", value="safe")) == ["risk.denied"]


@on_loop
async def test_while_a_human_is_called_her_matter_is_answered_too(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = vault.open_conversation()
    danger = risk("critical", "harm")
    # Danger in her own words: the words for it stand alone.
    replies = await tell(agent, sender, "imminent_harm", "report_harassment", effective=danger)
    assert keys(replies) == ["risk.harm.critical"]
    assert actions.names(sender) == ["action_escalate"]
    # Told again while somebody is being called: the line, and her matter.
    replies = await tell(
        agent, sender, "imminent_harm", "ask_anonymity", effective=danger, risk_open=True
    )
    assert keys(replies) == ["risk.still", "ask.anonymity"]
    assert actions.names(sender)[-2:] == ["action_escalate", "action_matter"]
    # No danger in her words, the answer to our question unclear: not the same line once more.
    replies = await tell(
        agent,
        sender,
        "ask_anonymity",
        "ask_anonymity",
        effective=danger,
        own=NO_DANGER,
        risk_open=True,
    )
    assert keys(replies) == ["ask.anonymity"]
    # Without a matter the line comes as ever.
    replies = await tell(
        agent, sender, "out_of_scope", None, effective=danger, own=NO_DANGER, risk_open=True
    )
    assert keys(replies) == ["risk.still"]


@on_loop
async def test_the_first_words_for_danger_come_with_her_matter_when_she_told_of_none(
    agent: Any, vault: Vault, actions: ActionServer
) -> None:
    sender = vault.open_conversation()
    replies = await tell(
        agent,
        sender,
        "ask_content_removal",
        "ask_content_removal",
        effective=risk("critical", "harm"),
        own=NO_DANGER,
    )
    assert keys(replies) == ["risk.harm.critical", "ask.content_removal"]
    assert actions.names(sender) == ["action_escalate", "action_matter"]
