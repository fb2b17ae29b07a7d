"""Delivers stored answers: durable, in order, never knowingly twice.

Before each call the attempt is committed as ``sending``. A worker that dies
between that commit and the next leaves ``sending`` behind, a call that ended
without an answer leaves ``unknown``; both are looked up at the provider before
anything is sent again.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from uuid import UUID

from procrastinate import BaseRetryStrategy, Blueprint, JobContext, RetryDecision
from procrastinate.jobs import Job

from amaan.conversation.wishes import BY_HER_WISH, read_wishes, withheld
from amaan.core import Core
from amaan.errors import ErasedError, OutsideServiceError, UnknownOutcomeError
from amaan.logs import log
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Conversation, Message
from telephony.outgoing import Outgoing, Ready, locked
from telephony.pace import Pace, TooFastError
from telephony.receipts import FAILED_ALARM, FAILED_ATTEMPT, RANKS, TROUBLE_ALARM, provider_lookup
from telephony.segments import segments
from telephony.sender import (
    OPTED_OUT,
    OUTSIDE_WINDOW,
    TOO_MANY,
    Meaning,
    NotTakenError,
    Sender,
    SendRefusedError,
)
from telephony.window import Window

RETRY_SECONDS = (2, 5, 10, 20, 40, 60, 120, 300, 600)
"""Waits between attempts: a short outage costs seconds, a long one is given twenty minutes."""
MAX_ATTEMPTS = len(RETRY_SECONDS) + 1
# Runs that fail before an attempt is even recorded (database away) count apart; after
# these, and this long, the message is given up, so that it blocks no later one for ever.
_MAX_RUNS = 3 * MAX_ATTEMPTS
_GIVE_UP_AFTER = timedelta(hours=1)
WITHHELD = "stopped"
"""Error code of a message that was not sent because she asked for no more."""


class DeliveryDelayedError(OutsideServiceError):
    """A message could not be delivered now and is tried again."""

    code = "delivery_delayed"


class Delivery:
    """Takes queued messages to the provider."""

    def __init__(self, core: Core, sender: Sender) -> None:
        self._core = core
        self._sender = sender
        self._window = Window(core)
        self._ready = Ready(core, self._window)
        self._pace = Pace(core)

    async def send(self, message_id: UUID) -> None:
        """Makes one attempt to deliver a message; harmless when it is sent or erased.

        Raises `DeliveryDelayedError` when it should be tried again later, `TooFastError`
        when the number that sends it is busy now.
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
            if error.meaning is not Meaning.WINDOW or not await self._hold(message_id):
                await self._fail(message_id, error.provider_code)
        except OutsideServiceError as error:
            await self._later(outgoing, error)
        else:
            await self._finish(outgoing, provider_id)

    async def give_up(self, message_id: UUID) -> None:
        """Marks a message as failed that could not even be tried, unless it is young.

        A young one waits behind a flood from its number: it is tried as usual.
        """
        async with self._core.database.transaction() as tx:
            message = await tx.session.get(Message, message_id)
        if message and self._core.clock.now() - message.created_at < _GIVE_UP_AFTER:
            await self.send(message_id)
        else:
            await self._fail(message_id, "attempts")

    async def _begin(self, message_id: UUID) -> Outgoing | None:
        """Records the attempt. None when there is nothing to send (any more)."""
        async with self._core.database.transaction() as tx:
            found = await locked(tx, message_id)
            if found is None:
                return None
            conversation, message = found
            if message.delivery not in ("queued", "sending", "unknown"):
                return None
            key = await self._core.vault.open_key(tx, conversation.id)
            refusal = self._refusal(key, conversation, message)
            if refusal is None:
                outgoing = await self._ready.outgoing(tx, key, conversation, message)
                if self._is_outside(conversation, message, outgoing):
                    if await self._window.hold(tx, key, conversation, message):
                        return None
                    refusal = OUTSIDE_WINDOW
                else:
                    await self._pace.take(
                        tx, outgoing.door, outgoing.manner.number, waits=not outgoing.urgent
                    )
                    message.delivery_attempts = outgoing.attempt
                    message.sender_index = outgoing.manner.number
                    if message.delivery == "queued":
                        message.delivery = "sending"
                    return outgoing
        await self._fail(message_id, refusal)
        return None

    def _is_outside(self, conversation: Conversation, message: Message, outgoing: Outgoing) -> bool:
        """Whether WhatsApp would take it now and fail later. One in doubt was sent in time."""
        if outgoing.manner.template is not None or message.delivery != "queued":
            return False
        return self._window.is_closed(conversation)

    async def _hold(self, message_id: UUID) -> bool:
        """Lets a message wait that WhatsApp refused as outside its window."""
        async with self._core.database.transaction() as tx:
            found = await locked(tx, message_id)
            if found is None:
                return True
            key = await self._core.vault.open_key(tx, found[0].id)
            return await self._window.hold(tx, key, *found)

    def _refusal(self, key: bytes, conversation: Conversation, message: Message) -> str | None:
        """Why this message may not be sent at all: an error code, or None."""
        if message.delivery_attempts >= MAX_ATTEMPTS:
            return message.delivery_error or "attempts"
        if conversation.stopped and message.author != "bot":
            # The assistant speaks only when spoken to, so its words are the
            # confirmation of her stop. Everybody else's would come unasked.
            return WITHHELD
        now = self._core.clock.now()
        return withheld(read_wishes(key, conversation), conversation, message.author, now)

    async def _once(self, outgoing: Outgoing) -> str:
        if outgoing.doubtful:
            provider_id = await self._sender.find_sent(
                outgoing.door,
                outgoing.address,
                outgoing.text,
                outgoing.since,
                reference=outgoing.message_id,
                excluding=lambda found: provider_lookup(self._core, found) in outgoing.known,
            )
            if provider_id is not None:
                log().info("message_found_sent", message_id=str(outgoing.message_id))
                return provider_id
        return await self._sender.send(
            outgoing.door,
            outgoing.address,
            outgoing.text,
            reference=outgoing.message_id,
            manner=outgoing.manner,
        )

    async def _finish(self, outgoing: Outgoing, provider_id: str) -> None:
        async with self._core.database.transaction() as tx:
            found = await locked(tx, outgoing.message_id)
            if found is None:
                log().info("erased_meanwhile", message_id=str(outgoing.message_id))
                return
            _, message = found
            if message.delivery in FAILED_ATTEMPT:
                # A receipt that this attempt failed was faster than the provider's own answer.
                return
            # One that it succeeded may have been, too.
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

    async def _later(self, outgoing: Outgoing, error: OutsideServiceError) -> None:
        """Notes what is known after a failed attempt and asks for another, or gives up."""
        code = error.provider_code if isinstance(error, NotTakenError) else error.code
        if isinstance(error, NotTakenError) and error.trouble:
            await self._core.operator_alarms.raise_alarm(TROUBLE_ALARM)
        if code == TOO_MANY:
            await self._pace.rest(outgoing.door, outgoing.manner.number)
        if outgoing.attempt >= MAX_ATTEMPTS:
            await self._fail(outgoing.message_id, code)
            return
        doubtful = outgoing.doubtful or isinstance(error, UnknownOutcomeError)
        async with self._core.database.transaction() as tx:
            found = await locked(tx, outgoing.message_id)
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
            found = await locked(tx, message_id)
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
        if code not in (OPTED_OUT, WITHHELD, *BY_HER_WISH):
            await self._core.operator_alarms.raise_alarm(FAILED_ALARM)


class _BackOff(BaseRetryStrategy):
    """Waits longer each time. The job keeps its place: later messages wait behind it."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, TooFastError):
            return RetryDecision(retry_in={"seconds": ceil(exception.wait.total_seconds())})
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
