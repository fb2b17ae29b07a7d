"""Talks to the agent as the application does."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import uuid4

LOOP = asyncio.new_event_loop()
"""The agent of the session lives on this loop, so all tests that talk to it run there."""


def on_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make an ordinary test of an asynchronous one."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        LOOP.run_until_complete(test(*args, **kwargs))

    return run


NO_RISK: dict[str, Any] = {"level": "none", "kind": None, "score": 0.0, "who": "self", "why": []}


def risk(level: str, kind: str | None = None, who: str = "self") -> dict[str, Any]:
    """An effective risk."""
    return {"level": level, "kind": kind, "score": 0.9, "who": who, "why": ["test"]}


def body(
    sender: str,
    text: str,
    intent: str,
    *,
    variant: str = "en-Latn",
    channel: str = "web",
    confidence: float = 0.9,
    effective: dict[str, Any] | None = None,
    risk_open: bool = False,
    value: str | None = None,
    message_id: str | None = None,
    after_human: bool = False,
    answers_others: bool = False,
    named: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """A message request with its finished parse."""
    language, script = variant.split("-")
    found = effective or NO_RISK
    return {
        "sender": sender,
        "message_id": message_id or str(uuid4()),
        "text": text,
        "parse": {
            "language": language,
            "script": script,
            "language_confidence": 1.0,
            "intent": intent,
            "confidence": confidence,
            "risk": found,
        },
        "channel": channel,
        "language": language,
        "script": script,
        "risk": found,
        "risk_open": risk_open,
        "value": value,
        "after_human": after_human,
        "answers_others": answers_others,
        "named": [list(one) for one in named],
    }


async def say(agent: Any, sender: str, text: str, intent: str, **more: Any) -> list[dict[str, Any]]:
    """Send one message and return the replies."""
    from bot.conversation import handle
    from bot.requests import message_of

    return await handle(agent, message_of(body(sender, text, intent, **more)))


def keys(replies: list[dict[str, Any]]) -> list[str]:
    """The keys of replies."""
    return [reply["key"] for reply in replies]
