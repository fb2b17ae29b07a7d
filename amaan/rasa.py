"""The way to Rasa: screening and dialogue over loopback HTTP, with short time limits."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

import httpx

from amaan.errors import OutsideServiceError
from amaan.logs import log
from amaan.ports import JSON, Door, Option, Parse, Reply, Risk, Turn
from amaan.settings import RASA, Settings
from amaan.text import MAX_CHARACTERS
from amaan.words import VARIANTS

# Their ends are read only (bot/context.py); whole ones could be more than Rasa's door takes.
_OF_EACH_BEFORE = 500
_NAMED = ("city", "province", "platform", "age")
# Rasa's door takes no more (bot/requests.py).
_MOST_NAMED = 16
# Of one message; a story names a few, a flood of numbers is none.
_MOST_ENTITIES = 64


class Rasa:
    """Speaks to Rasa's `amaan` channel (bot/channel.py). Is a `Screener` and a `Dialogue`."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient | None = None) -> None:
        self._screen_timeout = settings.screen_timeout.total_seconds()
        self._dialogue_timeout = settings.dialogue_timeout.total_seconds()
        self._client = client or httpx.AsyncClient(
            base_url=settings.url(RASA),
            headers={"Authorization": f"Bearer {settings.rasa_secret.get_secret_value()}"},
            # Loopback only: a proxy of the environment must never see a message.
            trust_env=False,
        )

    async def parse(self, text: str, before: tuple[str, ...] = ()) -> Parse:
        """See `Screener.parse`."""
        body = {
            "text": text[:MAX_CHARACTERS],
            "before": [earlier[-_OF_EACH_BEFORE:] for earlier in before],
        }
        return _read_parse(await self._post("parse", body, self._screen_timeout))

    async def answer(self, turn: Turn) -> list[Reply]:
        """See `Dialogue.answer`."""
        body: JSON = {
            "sender": str(turn.conversation_id),
            "message_id": str(turn.message_id),
            "text": turn.text[:MAX_CHARACTERS],
            "parse": _parse_json(turn.parse),
            "channel": turn.door,
            "language": turn.language,
            "script": turn.script,
            "risk": _risk_json(turn.risk),
            "risk_open": turn.case_open,
            "value": turn.parse.value,
            "named": [list(one) for one in turn.parse.named],
            "after_human": turn.after_human,
            "answers_others": turn.answers_others,
        }
        found = await self._post("message", body, self._dialogue_timeout)
        try:
            replies = [_read_reply(reply) for reply in found["replies"]]
        except (KeyError, TypeError):
            raise OutsideServiceError("Rasa's answer has another shape", code="rasa") from None
        return [_with_languages(reply, turn) for reply in replies]

    async def forget(self, conversation_id: UUID) -> None:
        """See `Dialogue.forget`. The tracker's row is gone already; this clears Rasa's memory."""
        try:
            await self._post("erase", {"sender": str(conversation_id)}, self._dialogue_timeout)
        except OutsideServiceError as error:
            log().warning("dialogue_not_reached_for_erase", code=error.code)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _post(self, route: str, body: JSON, seconds: float) -> Any:
        try:
            response = await self._client.post(
                f"/webhooks/amaan/{route}", json=body, timeout=seconds
            )
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            # Without `from`: httpx keeps the request, and with it the message, on its errors.
            raise OutsideServiceError(
                f"Rasa did not answer ({type(error).__name__})", code="rasa"
            ) from None


def _read_parse(found: Any) -> Parse:
    try:
        risk = found["risk"]
        return Parse(
            # None without letters, and for a language that is not ours: then the
            # conversation's own language holds.
            language=found["language"] or "",
            script=found["script"] or "",
            language_confidence=float(found["language_confidence"]),
            intent=found["intent"],
            confidence=float(found["confidence"]),
            risk=Risk(
                level=risk["level"],
                kind=risk["kind"],
                score=float(risk["score"]),
                who=risk.get("who") or "self",
                why=tuple(risk["why"]),
            ),
            named=_read_named(found.get("entities") or ()),
            entities=_read_entities(found.get("entities") or ()),
            matter=found.get("matter"),
            denies=bool(found.get("denies")),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise OutsideServiceError("Rasa's parse has another shape", code="rasa") from None


def _read_named(entities: Any) -> tuple[tuple[str, str], ...]:
    """Places, apps and ages of a parse; of a city also where it lies. Nothing else goes on."""
    named: list[tuple[str, str]] = []
    for found in entities:
        if found["entity"] in _NAMED:
            named.append((found["entity"], str(found["value"])))
        if found["entity"] == "city" and found.get("province"):
            named.append(("province", str(found["province"])))
    return tuple(dict.fromkeys(named))[:_MOST_NAMED]


def _read_entities(entities: Any) -> tuple[tuple[str, str], ...]:
    """Everything that was found, as text; money as its amount."""
    found = []
    for one in entities[:_MOST_ENTITIES]:
        value = one["value"]
        found.append(
            (str(one["entity"]), str(value["amount"] if isinstance(value, dict) else value))
        )
    return tuple(found)


def _read_reply(found: Any) -> Reply:
    menu = tuple(Option(o["label"], o["intent"], o.get("value")) for o in found["menu"])
    return Reply(key=found["key"], text=found["text"], menu=menu)


def languages_offered(door: Door, script: str) -> tuple[Option, ...]:
    """The menu of languages: each by the name its own readers write.

    An SMS has room for one script only, her present one.
    """
    offered = [
        variant
        for variant in VARIANTS.values()
        if door != "sms" or variant.script == script or variant.language == "en"
    ]
    return tuple(Option(v.own_name, "change_language", v.tag) for v in offered)


def _with_languages(reply: Reply, turn: Turn) -> Reply:
    if reply.key != "language.ask":
        return reply
    return replace(reply, menu=languages_offered(turn.door, turn.script))


def _risk_json(risk: Risk) -> JSON:
    return {**asdict(risk), "why": list(risk.why)}


def _parse_json(parse: Parse) -> JSON:
    return {
        "language": parse.language,
        "script": parse.script,
        "language_confidence": parse.language_confidence,
        "intent": parse.intent,
        "confidence": parse.confidence,
        "matter": parse.matter,
        "risk": _risk_json(parse.risk),
    }
