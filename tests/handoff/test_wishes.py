"""What supervisors see and may do when she has wishes, or somebody else may be reading."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from amaan.clock import SetClock
from amaan.conversation.store import lock_conversation
from amaan.conversation.wishes import Wishes, write_wishes
from amaan.core import Core
from handoff.claims import WithheldError
from handoff.wishes import WishesView
from tests.handoff.parts import Handoff, keys


async def keep(core: Core, conversation_id: UUID, wishes: Wishes, guard: str = "open") -> None:
    """Her wishes and the guard, as the core keeps them."""
    async with core.database.transaction() as tx:
        conversation = await lock_conversation(tx, conversation_id)
        assert conversation is not None
        key = await core.vault.open_key(tx, conversation_id)
        write_wishes(key, conversation, wishes)
        conversation.guard = guard


@pytest.mark.parametrize(
    ("wishes", "code"),
    [(Wishes(hours=(10, 16)), "wish_hours"), (Wishes(never_first=True), "wish_first")],
)
async def test_a_text_against_her_wish_is_not_taken(
    handoff: Handoff, clock: SetClock, wishes: Wishes, code: str
) -> None:
    case = await handoff.rung()
    assert case.conversation_id is not None
    await keep(handoff.core, case.conversation_id, wishes)
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    await handoff.claims.send(viewer, case.id, "She has just written: this is an answer.")
    clock.move(timedelta(minutes=31))
    with pytest.raises(WithheldError) as refused:
        await handoff.claims.send(viewer, case.id, "words")
    assert refused.value.code == code
    assert [text for author, _, text in await handoff.said(case.conversation_id)][-1] != "words"


@pytest.mark.parametrize("guard", ["ask", "cover"])
async def test_nothing_unasked_is_said_while_her_word_is_awaited(
    handoff: Handoff, guard: str
) -> None:
    case = await handoff.rung()
    assert case.conversation_id is not None
    await keep(handoff.core, case.conversation_id, Wishes(word="zaitun"), guard)
    await handoff.claims.claim(await handoff.staff("one"), case.id)
    assert keys(await handoff.said(case.conversation_id)) == []


async def test_the_state_of_the_guard_stays_with_the_case(handoff: Handoff) -> None:
    case = await handoff.rung(rules=("ur.harm.critical.01", "guard.cover"))
    assert "guard.cover" in case.rules
    assert not any(rule.startswith("ur.") for rule in case.rules)
    viewer = await handoff.staff("lead", "lead")
    await handoff.tiers.set_tier(viewer, case.id, "high", ["T8"])
    assert (await handoff.case(case.id)).rules == ["guard.cover", "T8"]


async def test_the_case_says_that_there_are_wishes_and_never_which_words(
    handoff: Handoff,
) -> None:
    case = await handoff.rung()
    assert case.conversation_id is not None
    viewer = await handoff.staff("one")
    assert (await handoff.reading.case(viewer, case.id)).wishes == WishesView()
    wishes = Wishes("zaitun", "chai", (10, 16), never_first=True)
    await keep(handoff.core, case.conversation_id, wishes, "cover")
    view = await handoff.reading.case(viewer, case.id)
    assert view.wishes == WishesView(
        "cover", has_word=True, has_cover=True, hours=(10, 16), is_within=False, never_first=True
    )
    assert "zaitun" not in repr(view)
