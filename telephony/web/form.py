"""Reads the page's one form. Everything that comes in is doubted here and nowhere else."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Literal, cast, get_args
from urllib.parse import parse_qsl

from starlette.requests import Request

from amaan.words import VARIANTS, Variant
from amaan.words.languages import DEFAULT
from telephony.access import BadRequestError, TooLargeError

MAX_BODY_BYTES = 256 * 1024
"""20,000 characters of any script fit, percent-encoded."""
_MAX_FIELDS = 20
_MAX_SEQ = 2**31 - 1
_SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_MESSAGE_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

# Number, phrase and word are short; what is beyond is not read.
_MAX_SHORT = 200

Action = Literal[
    "send", "lang", "refresh", "erase", "erase_now", "keep", "leave",
    "leave_back", "come_back", "word", "word_off", "lock", "new", "sheet", "add_proof",
]  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """A piece of proof as the page describes it; the thing itself stays on her phone."""

    sha256: str | None
    """Made by the page's script; None for what is intimate, whatever was posted with it."""
    kind: str
    about: str
    """What it is, in her words; perhaps empty."""


@dataclass(frozen=True)
class Posted:
    """One press of a button on the page."""

    action: Action
    secret: str
    """Finds the conversation; made here when the page sent none that is well-formed."""
    has_started: bool
    """Whether the page showed a conversation: if none is found now, it was erased."""
    message_key: str
    """The page's id of this message: a message that is posted twice is taken once."""
    text: str
    """What to send: her words, or the number of a menu line she tapped."""
    draft: str
    """What stands in the field, kept when she pressed something other than send."""
    variant: Variant
    """Language and script of the page."""
    has_chosen: bool
    """Whether she chose it; else the answers follow the language she writes in."""
    after: int
    """Place of the last message the page already shows."""
    number: str = ""
    """What she typed as the number of an earlier chat."""
    words: str = ""
    """What she typed as its words."""
    word: str = ""
    """The word that she wants to be asked for after a pause."""
    was_locked: bool = False
    """Whether the page asked for her word."""
    must_lock: bool = False
    """The page's script found a pause: the chat is closed before anything else is done."""
    is_awake: bool = False
    """The page's script says that somebody is at the page."""
    proof: str = ""
    """The solution of a sum (`work`)."""
    evidence: Evidence | None = None
    """What she adds to her complaint beside the chat."""
    notes: frozenset[str] = frozenset()
    """What is noted beside her message for the people who read it."""


def new_secret() -> str:
    """A fresh secret: 32 random bytes, 43 characters."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_message_key() -> str:
    """A fresh id for a message to come."""
    return secrets.token_urlsafe(12)


async def read_form(request: Request) -> Posted:
    """Reads the posted form. Raises `BadRequestError`, or `TooLargeError` past 256 kB."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadRequestError(code="not_a_form")
    return parse_form(await _body(request))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLargeError
    return bytes(body)


def parse_form(body: bytes) -> Posted:
    """What the fields of a form body mean. Raises `BadRequestError` when they are not UTF-8."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise BadRequestError(code="not_a_form") from None
    fields = dict(pairs)
    is_known = _SECRET.fullmatch(fields.get("secret", "")) is not None
    key = fields.get("message_key", "")
    draft = fields.get("text", "").replace("\r\n", "\n")
    lang, page_lang = fields.get("lang", ""), fields.get("page_lang")
    action = _action(fields)
    return Posted(
        action=action,
        secret=fields["secret"] if is_known else new_secret(),
        has_started=is_known and fields.get("started") == "1",
        message_key=key if _MESSAGE_KEY.fullmatch(key) else new_message_key(),
        text=fields.get("pick", draft),
        draft=draft if action != "send" or "pick" in fields else "",
        variant=VARIANTS.get(lang, DEFAULT),
        has_chosen=lang in VARIANTS
        and (fields.get("chosen") == "1" or action == "lang" or page_lang not in (None, lang)),
        after=_whole_number(fields.get("after", "")),
        number=fields.get("number", "")[:_MAX_SHORT],
        words=fields.get("words", "")[:_MAX_SHORT],
        word=fields.get("word", "")[:_MAX_SHORT],
        was_locked=fields.get("locked") == "1",
        must_lock=action == "lock" or fields.get("lock") == "1",
        is_awake=fields.get("awake") == "1",
        proof=fields.get("proof", "")[:_MAX_SHORT],
        evidence=_evidence(fields) if action == "add_proof" else None,
    )


def _evidence(fields: dict[str, str]) -> Evidence | None:
    """None when there is neither a fingerprint nor her word that it is too private for one."""
    sha256 = fields.get("sha256", "")
    is_intimate = bool(fields.get("intimate"))
    if not is_intimate and _SHA256.fullmatch(sha256) is None:
        return None
    return Evidence(
        sha256=None if is_intimate else sha256,
        kind=fields.get("kind", "")[:_MAX_SHORT],
        about=" ".join(fields.get("about", "")[:_MAX_SHORT].split()),
    )


def _action(fields: dict[str, str]) -> Action:
    if "pick" in fields:
        return "send"
    wanted = fields.get("do", "")
    if wanted in get_args(Action):
        return cast(Action, wanted)
    if "text" in fields:
        return "send"
    return "lang" if "lang" in fields else "refresh"


def _whole_number(value: str) -> int:
    return min(int(value), _MAX_SEQ) if value.isascii() and value.isdigit() else 0


def preferred_variant(accept_language: str) -> Variant:
    """The first page's language, from the browser's list.

    English is passed over: most phones here are set to it, whatever their owner reads.
    """
    by_language: dict[str, Variant] = {}
    for variant in VARIANTS.values():
        by_language.setdefault(variant.language, variant)
    for item in accept_language.split(",")[:_MAX_FIELDS]:
        language = item.partition(";")[0].strip().lower().partition("-")[0]
        if language != "en" and language in by_language:
            return by_language[language]
    return DEFAULT
