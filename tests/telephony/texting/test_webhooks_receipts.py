"""Receipts of Twilio: in any order, of failures, of nothing we know."""

from __future__ import annotations

from uuid import UUID

import pytest

from amaan.core import Core
from amaan.storage.models import Conversation
from tests.telephony.texting.calls import Twilio
from tests.telephony.texting.conftest import Post, alarms


async def test_receipts_never_go_back(twilio: Twilio, post: Post) -> None:
    message_id = await post.answer(await post.conversation(), "salam")
    for state, expected in [
        ("queued", "sent"),
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("undelivered", "delivered"),
        ("read", "read"),
        ("delivered", "read"),
    ]:
        fields = [("MessageSid", "SM1"), ("MessageStatus", state)]
        path = f"/twilio/status?message={message_id}"
        assert (await twilio.post(path, fields)).status_code == 200
        assert (await post.message(message_id)).delivery == expected


async def test_a_failed_receipt_alarms_the_operator(twilio: Twilio, core: Core, post: Post) -> None:
    message_id = await post.answer(await post.conversation(), "salam")
    fields = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("ErrorCode", "30003")]
    await twilio.post(f"/twilio/status?message={message_id}", fields)
    message = await post.message(message_id)
    assert (message.delivery, message.delivery_error) == ("failed", "30003")
    assert await alarms(core, "delivery_failed") == 1


async def test_an_opt_out_in_a_receipt_stops_the_conversation(
    twilio: Twilio, core: Core, post: Post
) -> None:
    conversation_id = await post.conversation()
    message_id = await post.answer(conversation_id, "salam")
    fields = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("ErrorCode", "21610")]
    await twilio.post(f"/twilio/status?message={message_id}", fields)
    async with core.database.transaction() as tx:
        assert (await tx.session.get_one(Conversation, conversation_id)).stopped
    assert await alarms(core, "delivery_failed") == 0


@pytest.mark.parametrize("reference", [str(UUID(int=5)), "nonsense", ""])
async def test_receipts_of_nothing_we_know(twilio: Twilio, reference: str) -> None:
    fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered")]
    assert (await twilio.post(f"/twilio/status?message={reference}", fields)).status_code == 200
    fields = [("MessageSid", "SM1"), ("MessageStatus", "dancing")]
    assert (await twilio.post("/twilio/status", fields)).status_code == 200


async def test_a_receipt_of_another_copy_changes_nothing(twilio: Twilio, post: Post) -> None:
    message_id = await post.answer(await post.conversation(), "salam")
    path = f"/twilio/status?message={message_id}"
    await twilio.post(path, [("MessageSid", "SM1"), ("MessageStatus", "sent")])
    await twilio.post(path, [("MessageSid", "SM2"), ("MessageStatus", "failed")])
    assert (await post.message(message_id)).delivery == "sent"
    # And without our reference the provider's id finds it.
    await twilio.post("/twilio/status", [("MessageSid", "SM1"), ("MessageStatus", "delivered")])
    assert (await post.message(message_id)).delivery == "delivered"
