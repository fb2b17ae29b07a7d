"""Delivers stored answers: durable, in order, never knowingly twice.

Before each call the attempt is committed as ``sending``. A worker that dies
between that commit and the next leaves ``sending`` behind, a call that ended
without an answer leaves ``unknown``; both are looked up at the provider before
anything is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from procrastinate import BaseRetryStrategy, Blueprint, JobContext, RetryDecision
from procrastinate.jobs import Job
from sqlalchemy import select

from amaan.conversation.store import lock_conversation, read_content
from amaan.core import Core
from amaan.crypto import unseal
from amaan.errors import ErasedError, OutsideServiceError, UnknownOutcomeError
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Address, Conversation, Message
from telephony.receipts import FAILED_ALARM, RANKS, provider_lookup
from telephony.render import rendered
from telephony.segments import segments
from telephony.sender import (
    OPTED_OUT,
    OUTSIDE_WINDOW,
    NotTakenError,
    Sender,
    SendRefusedError,
    TextDoor,
)

RETRY_SECONDS = (2, 5, 10, 20, 40, 60, 120, 300, 600)
"""Waits between attempts: a short outage costs seconds, a long one is given twenty minutes."""
MAX_ATTEMPTS = len(RETRY_SECONDS) + 1
# Runs that fail before an attempt is even recorded (database away) count apart;
# after these the message is given up, so that it blocks no later one for ever.
_MAX_RUNS = 3 * MAX_ATTEMPTS
# WhatsApp's customer service window. https://www.twilio.com/docs/whatsapp/key-concepts
WHATSAPP_WINDOW = timedelta(hours=24)
WITHHELD = "stopped"
"""Error code of a message that was not sent because she asked for no more."""


class DeliveryDelayedError(OutsideServiceError):
    """A message could not be delivered now and is tried again."""

    code = "delivery_delayed"


@dataclass(frozen=True)
class _Outgoing:
    """One attempt, as the first transaction prepared it."""

    message_id: UUID
    door: TextDoor
    address: str
    text: str
    since: datetime
    attempt: int
    doubtful: bool
    """An earlier attempt may have succeeded."""
    known: frozenset[bytes]
    """Provider ids that belong to other messages of this conversation."""


class Delivery:
    """Takes queued messages to the provider."""

    def __init__(self, core: Core, sender: Sender) -> None:
        self._core = core
        self._sender = sender

    async def send(self, message_id: UUID) -> None:
        """Makes one attempt to deliver a message; harmless when it is sent or erased.

        Raises `DeliveryDelayedError` when it should be tried again later.
        """
        try:
            outgoing = await self._begin(message_id)
        except ErasedError:
            outgoing = None
        if outgoing is None:
            return
        try:
            provider_id = await self._once(outgoing)
        except SendRefusedError as error:
            await self._fail(message_id, error.provider_code)
        except OutsideServiceError as error:
            await self._later(outgoing, error)
        else:
            await self._finish(outgoing, provider_id)

    async def give_up(self, message_id: UUID) -> None:
        """Marks a message as failed that could not even be tried."""
        await self._fail(message_id, "attempts")

    async def _begin(self, message_id: UUID) -> _Outgoing | None:
        """Records the attempt. None when there is nothing to send (any more)."""
        async with self._core.database.transaction() as tx:
            found = await _locked(tx, message_id)
            if found is None:
                return None
            conversation, message = found
            if message.delivery not in ("queued", "sending", "unknown"):
                return None
            refusal = self._refusal(conversation, message)
            if refusal is None:
                outgoing = await self._outgoing(tx, conversation, message)
                message.delivery_attempts += 1
                if message.delivery == "queued":
                    message.delivery = "sending"
                return outgoing
        await self._fail(message_id, refusal)
        return None

    def _refusal(self, conversation: Conversation, message: Message) -> str | None:
        """Why this message may not be sent at all: an error code, or None."""
        if message.delivery_attempts >= MAX_ATTEMPTS:
            return message.delivery_error or "attempts"
        if conversation.stopped and message.author != "bot":
            # The assistant speaks only when spoken to, so its words are the
            # confirmation of her stop. Everybody else's would come unasked.
            return WITHHELD
        age = self._core.clock.now() - conversation.last_inbound_at
        if conversation.door == "whatsapp" and age > WHATSAPP_WINDOW:
            # Twilio would take it and fail later. One in doubt was sent in time or never.
            return OUTSIDE_WINDOW if message.delivery == "queued" else None
        return None

    async def _outgoing(
        self, tx: Transaction, conversation: Conversation, message: Message
    ) -> _Outgoing:
        key = await self._core.vault.open_key(tx, conversation.id)
        address = await tx.session.get(Address, conversation.id)
        if address is None or address.sealed is None:
            raise ErasedError
        number = unseal(key, address.sealed, f"address.sealed|{conversation.id}".encode())
        doubtful = message.delivery != "queued"
        return _Outgoing(
            message_id=message.id,
            door=conversation.door,  # type: ignore[arg-type]  # the web chat is never queued
            address=number.decode(),
            text=rendered(read_content(key, message), conversation.door),  # type: ignore[arg-type]  # the column holds only doors
            since=message.created_at,
            attempt=message.delivery_attempts + 1,
            doubtful=doubtful,
            known=await _known_ids(tx, message) if doubtful else frozenset(),
        )

    async def _once(self, outgoing: _Outgoing) -> str:
        if outgoing.doubtful:
            provider_id = await self._sender.find_sent(
                outgoing.door,
                outgoing.address,
                outgoing.text,
                outgoing.since,
                excluding=lambda found: provider_lookup(self._core, found) in outgoing.known,
            )
            if provider_id is not None:
                log().info("message_found_sent", message_id=str(outgoing.message_id))
                return provider_id
        return await self._sender.send(
            outgoing.door, outgoing.address, outgoing.text, reference=outgoing.message_id
        )

    async def _finish(self, outgoing: _Outgoing, provider_id: str) -> None:
        async with self._core.database.transaction() as tx:
            found = await _locked(tx, outgoing.message_id)
            if found is None:
                log().info("erased_meanwhile", message_id=str(outgoing.message_id))
                return
            _, message = found
            # A receipt may have been faster than the provider's own answer.
            if RANKS[message.delivery] < RANKS["sent"]:
                message.delivery, message.delivery_error = "sent", None
            message.provider_id = provider_lookup(self._core, provider_id)
        log().info(
            "message_sent",
            door=outgoing.door,
            message_id=str(outgoing.message_id),
            attempt=outgoing.attempt,
            count=segments(outgoing.text) if outgoing.door == "sms" else 1,
        )

    async def _later(self, outgoing: _Outgoing, error: OutsideServiceError) -> None:
        """Notes what is known after a failed attempt and asks for another, or gives up."""
        code = error.provider_code if isinstance(error, NotTakenError) else error.code
        if outgoing.attempt >= MAX_ATTEMPTS:
            await self._fail(outgoing.message_id, code)
            return
        doubtful = outgoing.doubtful or isinstance(error, UnknownOutcomeError)
        async with self._core.database.transaction() as tx:
            found = await _locked(tx, outgoing.message_id)
            if found is None:
                return
            _, message = found
            if RANKS[message.delivery] >= RANKS["sent"]:
                return
            message.delivery = "unknown" if doubtful else "queued"
            message.delivery_error = code
        log().warning(
            "delivery_delayed",
            message_id=str(outgoing.message_id),
            attempt=outgoing.attempt,
            code=code,
        )
        # Without its cause: a library's error may quote the address.
        raise DeliveryDelayedError from None

    async def _fail(self, message_id: UUID, code: str) -> None:
        async with self._core.database.transaction() as tx:
            found = await _locked(tx, message_id)
            if found is None:
                return
            conversation, message = found
            if RANKS[message.delivery] >= RANKS["sent"]:
                return
            message.delivery, message.delivery_error = "failed", code[:16]
            if code == OPTED_OUT:
                conversation.stopped = True
            await tx.notify(CONVERSATION_CHANNEL, conversation_id=str(conversation.id))
        log().error("delivery_failed", message_id=str(message_id), code=code)
        # Being asked to stop is her right and no fault.
        if code not in (OPTED_OUT, WITHHELD):
            await self._core.operator_alarms.raise_alarm(FAILED_ALARM)


async def _locked(tx: Transaction, message_id: UUID) -> tuple[Conversation, Message] | None:
    """The message and its conversation, both locked; None when erased."""
    statement = select(Message.conversation_id).where(Message.id == message_id)
    conversation_id = await tx.session.scalar(statement)
    if conversation_id is None:
        return None
    conversation = await lock_conversation(tx, conversation_id)
    message = await tx.session.get(Message, message_id, with_for_update=True)
    if conversation is None or message is None:
        return None
    return conversation, message


async def _known_ids(tx: Transaction, message: Message) -> frozenset[bytes]:
    statement = select(Message.provider_id).where(
        Message.conversation_id == message.conversation_id,
        Message.id != message.id,
        Message.provider_id.is_not(None),
    )
    return frozenset(bytes(found) for found in await tx.session.scalars(statement) if found)


class _BackOff(BaseRetryStrategy):
    """Waits longer each time. The job keeps its place: later messages wait behind it."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        wait = RETRY_SECONDS[min(job.attempts, len(RETRY_SECONDS) - 1)]
        return RetryDecision(retry_in={"seconds": wait}) if job.attempts < _MAX_RUNS else None


def delivery_tasks(core: Core, sender: Sender) -> Blueprint:
    """Tasks of delivery, namespace ``delivery``."""
    tasks = Blueprint()
    delivery = Delivery(core, sender)

    @tasks.task(name="send", pass_context=True, retry=_BackOff())
    async def send(context: JobContext, message_id: str) -> None:
        if context.job.attempts >= _MAX_RUNS:
            await delivery.give_up(UUID(message_id))
        else:
            await delivery.send(UUID(message_id))

    return tasks
