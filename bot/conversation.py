"""Handles one message of a conversation, once.

The app delivers a message again when it did not hear the answer (a crash, a time-out).
Then the replies of the first time are returned and nothing is done twice.
"""

from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from amaan.text import normalise
from bot.errors import ConfigurationError
from bot.requests import MessageRequest
from bot.tracker_store import SealedTrackerStore
from bot.turn import read_turn

CHANNEL = "amaan"


class ReplyChannel(CollectingOutputChannel):
    """Collects what is said in one turn; Rasa names it in its tracker."""

    @classmethod
    def name(cls) -> str:
        """Name of the channel in the tracker."""
        return CHANNEL


async def handle(agent: Agent, request: MessageRequest) -> list[dict[str, Any]]:
    """Return the replies [{"key", "text", "menu"}] to a message; empty when none came.

    Runs under the conversation's lock. Raises StoreError when the store is down.
    """
    processor = agent.processor
    if processor is None:
        raise ConfigurationError("no model is loaded; run make train")
    async with agent.lock_store.lock(request.sender):
        tracker = await processor.fetch_tracker_and_update_session(request.sender)
        known = _said_after(tracker, request.message_id)
        if known is not None:
            return known
        text = normalise(request.text)
        turn = read_turn(
            tracker,
            text,
            request.parse,
            request.risk,
            request.value,
            named=request.named,
            case_open=request.risk_open,
            after_human=request.after_human,
            answers_others=request.answers_others,
        )
        if turn.events:
            tracker.update_with_events(list(turn.events), processor.domain)
            await processor.save_tracker(tracker)
        output = ReplyChannel()
        await processor.handle_message(
            UserMessage(
                text=text,
                output_channel=output,
                sender_id=request.sender,
                input_channel=CHANNEL,
                message_id=request.message_id,
                metadata={**request.metadata, **turn.metadata},
                parse_data=_parse_data(text, turn.intent, turn.confidence, turn.choice),
            )
        )
        return [reply for reply in map(_reply, _joined(output.messages)) if reply]


async def erase(agent: Agent, sender: str) -> None:
    """Delete the dialogue of a conversation under its lock; a second call is harmless."""
    store = agent.tracker_store
    if not isinstance(store, SealedTrackerStore):
        raise ConfigurationError("the dialogue store is not the sealed one")
    async with agent.lock_store.lock(sender):
        await store.erase(sender)


def _parse_data(text: str, intent: str, confidence: float, choice: str | None) -> dict[str, Any]:
    entities = []
    if choice is not None:
        entities.append({"entity": "choice", "value": choice, "start": 0, "end": 0})
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "entities": entities,
    }


def _said_after(tracker: DialogueStateTracker, message_id: str) -> list[dict[str, Any]] | None:
    """Return what was said after a message, or None when it has not been handled."""
    said: list[dict[str, Any]] | None = None
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if said is not None:
                break
            said = [] if event.message_id == message_id else None
        elif isinstance(event, BotUttered) and said is not None:
            reply = _reply({"text": event.text, "custom": event.data.get("custom")})
            if reply:
                said.append(reply)
    return said


def _joined(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one message where the collecting channel made two of text and custom data."""
    joined: list[dict[str, Any]] = []
    for message in messages:
        custom = message.get("custom")
        if custom is not None and joined and "custom" not in joined[-1]:
            joined[-1] = {**joined[-1], "custom": custom}
        else:
            joined.append(dict(message))
    return joined


def _reply(message: dict[str, Any]) -> dict[str, Any] | None:
    text = message.get("text")
    if not text:
        return None
    custom = message.get("custom") or {}
    return {"key": custom.get("key"), "text": text, "menu": custom.get("menu") or []}
