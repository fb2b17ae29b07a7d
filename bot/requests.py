"""The bodies that the app may send, checked field by field."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from bot.errors import RequestError

MAX_BODY_BYTES: Final = 64_000
MAX_TEXT: Final = 8_000
MAX_BEFORE: Final = 3
_CHANNELS: Final = frozenset({"web", "whatsapp", "sms"})
_LEVELS: Final = frozenset({"none", "elevated", "critical"})
_MAX_WORD: Final = 128
_NAMED: Final = frozenset({"city", "province", "platform", "age"})
_MAX_NAMED: Final = 16


@dataclass(frozen=True, slots=True)
class MessageRequest:
    """One message that the app has already parsed and judged.

    `risk` is the effective risk, `value` that of the menu option she chose.
    """

    sender: str
    message_id: str
    text: str
    parse: dict[str, Any]
    channel: str
    language: str | None
    script: str | None
    risk: dict[str, Any]
    risk_open: bool
    value: str | None
    named: tuple[tuple[str, str], ...] = ()
    """Places, apps and ages that the parse found."""
    after_human: bool = False
    """A human has talked with her here before."""
    answers_others: bool = False
    """What she answers was said by a human or while she waited for one, not by the dialogue."""

    @property
    def metadata(self) -> dict[str, Any]:
        """What policies, NLG and actions read from the message."""
        return {
            "message_id": self.message_id,
            "channel": self.channel,
            "language": self.language,
            "script": self.script,
            "risk": self.risk,
            "risk_open": self.risk_open,
        }


def text_of(body: Any) -> str:
    """Return the text of a parse request. Raises RequestError "malformed"."""
    return _text(_object(body), "text", MAX_TEXT)


def before_of(body: Any) -> list[str]:
    """Return the person's last messages of a parse request, oldest first; often none.

    Raises RequestError "malformed".
    """
    before = _object(body).get("before", [])
    if not isinstance(before, list) or len(before) > MAX_BEFORE:
        raise _malformed()
    return [_text({"text": text}, "text", MAX_TEXT) for text in before]


def sender_of(body: Any) -> str:
    """Return the conversation of a request. Raises RequestError "malformed"."""
    return _sender(_object(body))


def message_of(body: Any) -> MessageRequest:
    """Return the checked message request. Raises RequestError "malformed"."""
    row = _object(body)
    parse = _object(row.get("parse"))
    _text(parse, "intent", _MAX_WORD)
    _word(parse, "matter")
    if not isinstance(parse.get("confidence"), (int, float)):
        raise _malformed()
    risk = row.get("risk") if row.get("risk") is not None else parse.get("risk")
    risk = _object(risk)
    channel = row.get("channel")
    if channel not in _CHANNELS or risk.get("level") not in _LEVELS:
        raise _malformed()
    return MessageRequest(
        sender=_sender(row),
        message_id=_text(row, "message_id", _MAX_WORD),
        text=_text(row, "text", MAX_TEXT),
        parse=parse,
        channel=channel,
        language=_word(row, "language"),
        script=_word(row, "script"),
        risk=risk,
        risk_open=bool(row.get("risk_open", False)),
        value=_word(row, "value"),
        named=_named(row.get("named", [])),
        after_human=bool(row.get("after_human", False)),
        answers_others=bool(row.get("answers_others", False)),
    )


def _named(rows: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(rows, list) or len(rows) > _MAX_NAMED:
        raise _malformed()
    return tuple(_named_one(row) for row in rows)


def _named_one(row: Any) -> tuple[str, str]:
    try:
        kind, value = row
    except (TypeError, ValueError):
        raise _malformed() from None
    if not isinstance(kind, str) or kind not in _NAMED:
        raise _malformed()
    return kind, _text({"value": value}, "value", _MAX_WORD)


def _malformed() -> RequestError:
    return RequestError("malformed", 400)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed()
    return value


def _text(row: dict[str, Any], name: str, most: int) -> str:
    value = row.get(name)
    if not isinstance(value, str) or len(value) > most:
        raise _malformed()
    return value


def _word(row: dict[str, Any], name: str) -> str | None:
    return None if row.get(name) is None else _text(row, name, _MAX_WORD)


def _sender(row: dict[str, Any]) -> str:
    try:
        return str(UUID(_text(row, "sender", _MAX_WORD)))
    except ValueError:
        raise _malformed() from None
