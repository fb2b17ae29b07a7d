"""The assistant's only door, under /webhooks/amaan, open to the app on loopback alone.

Every route but health asks for the bearer word. Answers of failures are
{"error": code}; no text of anybody is echoed or logged.
"""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Dict, Optional, Text

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.assess import assess
from bot.conversation import CHANNEL, erase, handle
from bot.errors import BotError, RequestError, StoreError
from bot.requests import MAX_BODY_BYTES, before_of, message_of, sender_of, text_of
from bot.settings import SECRET_VARIABLE, required

logger = logging.getLogger(__name__)

_Work = Callable[[Agent, Any], Awaitable[dict[str, Any]]]


class AmaanChannel(InputChannel):
    """health, parse, message and erase; see the functions below for their bodies."""

    def __init__(self) -> None:
        """Read the bearer word. Raises ConfigurationError when it is not set."""
        self._secret = required(SECRET_VARIABLE).encode("utf-8")

    @classmethod
    def name(cls) -> Text:
        """Name of the channel and of its path."""
        return CHANNEL

    @classmethod
    def from_credentials(
        cls,
        credentials: Optional[Dict[Text, Any]],  # noqa: ARG003  Rasa's signature
    ) -> "AmaanChannel":
        """Return the channel; its secret is not kept in a file."""
        return cls()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes. Every one but health is closed without the bearer word."""
        door = Blueprint("amaan_door")

        @door.get("/health")
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready():
                return response.json({"status": "starting"}, status=503)
            return response.json({"status": "ok"})

        self._route(door, "parse", parse_route)
        self._route(door, "message", message_route)
        self._route(door, "erase", erase_route)
        return door

    def _route(self, door: Blueprint, name: str, work: _Work) -> None:
        async def guarded(request: Request) -> HTTPResponse:
            if not self._is_allowed(request):
                return response.json({"error": "not_allowed"}, status=401)
            return await answered(name, request, work)

        guarded.__name__ = name
        door.add_route(guarded, f"/{name}", methods=["POST"])

    def _is_allowed(self, request: Request) -> bool:
        scheme, _, word = request.headers.get("authorization", "").partition(" ")
        # Bytes of equal meaning in equal time: an early end would tell the word by parts.
        return scheme == "Bearer" and hmac.compare_digest(word.encode("utf-8"), self._secret)


async def parse_route(agent: Agent, body: Any) -> dict[str, Any]:
    """{"text", "before"?} to the contract of parse."""
    return await assess(agent, text_of(body), before_of(body))


async def message_route(agent: Agent, body: Any) -> dict[str, Any]:
    """A message with its finished parse to {"replies": [{"key", "text", "menu"}]}."""
    return {"replies": await handle(agent, message_of(body))}


async def erase_route(agent: Agent, body: Any) -> dict[str, Any]:
    """{"sender"} to {"erased": true}."""
    await erase(agent, sender_of(body))
    return {"erased": True}


async def answered(name: str, request: Request, work: _Work) -> HTTPResponse:
    """Run a route's work and turn every failure into {"error": code}."""
    try:
        agent = getattr(request.app.ctx, "agent", None)
        if agent is None or not agent.is_ready():
            raise RequestError("not_ready", 503)
        return response.json(await work(agent, _body(request)), dumps=_dumps)
    except RequestError as error:
        return response.json({"error": error.code}, status=error.status)
    except StoreError:
        logger.error("dialogue store did not answer route=%s", name)
        return response.json({"error": "store_down"}, status=503)
    except BotError:
        logger.error("assistant is misconfigured route=%s", name)
        return response.json({"error": "misconfigured"}, status=500)
    except Exception as error:  # the app must get an answer whatever breaks
        # Only the type: a message or a trace could carry what the person wrote.
        logger.error("request failed route=%s type=%s", name, type(error).__name__)
        return response.json({"error": "failed"}, status=500)


def _body(request: Request) -> Any:
    if len(request.body) > MAX_BODY_BYTES:
        raise RequestError("too_large", 413)
    try:
        return json.loads(request.body)
    except ValueError:
        raise RequestError("malformed", 400) from None


def _dumps(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)
