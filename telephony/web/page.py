"""Renders the page: one response that holds all it needs, for slow lines and empty caches."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from amaan.words import VARIANTS, Catalogues, MissingTextError, Variant
from telephony.web.form import Posted, new_message_key, new_secret
from telephony.web.spoken import Part, Spoken
from telephony.web.transcript import Transcript

_FOLDER = Path(__file__).parent
_NUMBERS = ("police", "rights", "cyber", "umang", "drf", "child")
"""Phone lines shown on the page, in this order (`web.line.*`)."""


@dataclass(frozen=True)
class View:
    """What one rendering of the page shows."""

    variant: Variant
    secret: str = field(default_factory=new_secret)
    message_key: str = field(default_factory=new_message_key)
    transcript: Transcript | None = None
    has_chosen: bool = False
    draft: str = ""
    note: str | None = None
    """Catalogue key of what happened, shown as the page's status."""
    asks_erase: bool = False

    @classmethod
    def of(cls, posted: Posted, transcript: Transcript | None, note: str | None = None) -> View:
        """The page after a press of a button. A chat that is gone takes its secret along."""
        chosen = transcript.chosen if transcript is not None else None
        follows_chat = chosen is not None and not posted.has_chosen
        lost = transcript is None and (posted.has_started or note is not None)
        return cls(
            variant=chosen if follows_chat and chosen else posted.variant,
            secret=new_secret() if lost else posted.secret,
            transcript=transcript,
            has_chosen=posted.has_chosen,
            draft="" if lost else posted.draft,
            note=note,
            asks_erase=posted.action == "erase" and transcript is not None,
        )


class Page:
    """The template with its style and script, and the policy that lets these two run."""

    def __init__(self, catalogues: Catalogues, exit_url: str) -> None:
        self._catalogues = catalogues
        self._spoken = Spoken(catalogues)
        self._exit_url = exit_url
        self._css = _smaller(_read("page.css"))
        self._js = _smaller(_read("page.js"))
        environment = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        self._template = environment.get_template("page.html")
        self._blank = environment.get_template("leave.html")
        self.policy = "; ".join(
            (
                "default-src 'none'",
                f"script-src '{_hash(self._js)}'",
                f"style-src '{_hash(self._css)}'",
                "connect-src 'self'",
                # The empty icon, so that no browser asks for one.
                "img-src data:",
                "form-action 'self'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
            )
        )
        """The Content-Security-Policy of the page: from none, by hash."""

    def render(self, view: View) -> str:
        """The page as HTML."""
        transcript = view.transcript
        lines = transcript.lines if transcript is not None else ()
        answers = [line.seq for line in lines if line.who != "you"]
        return self._template.render(
            variant=view.variant,
            variants=VARIANTS.values(),
            say=lambda key: self._catalogues.text(key, view.variant, "web"),
            english=lambda key: self._catalogues.text(key, "en-Latn", "web"),
            css=self._css,
            js=self._js,
            exit_url=self._exit_url,
            secret=view.secret,
            message_key=view.message_key,
            started=transcript is not None,
            has_chosen=view.has_chosen,
            draft=view.draft,
            note=view.note,
            asks_erase=view.asks_erase,
            lines=lines,
            newest=answers[-1] if answers and not view.asks_erase else None,
            last_menu=transcript.last_menu if transcript is not None else None,
            is_waiting=transcript is not None and transcript.is_waiting,
            numbers=self._numbers(view.variant),
        )

    def render_leave(self) -> str:
        """A blank page that goes on to the harmless one by itself, with or without script."""
        host = urlsplit(self._exit_url).netloc
        return self._blank.render(exit_url=self._exit_url, host=host)

    def _numbers(self, variant: Variant) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for name in _NUMBERS:
            key = f"web.line.{name}"
            try:
                text = self._catalogues.text(key, variant, "web")
            except MissingTextError:
                # The number is not verified any more: the line is not shown.
                continue
            parts = self._spoken.parts(text, key, variant)
            if (tel := _tel(parts)) is not None:
                found.append({"tel": tel, "parts": parts})
        return found


def _tel(parts: tuple[Part, ...]) -> str | None:
    return next((part.tel for part in parts if part.tel), None)


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _smaller(source: str) -> str:
    """Leaves out indentation and lines that are only comments; gzip does the rest."""
    source = re.sub(r"^\s*/\*.*?\*/\s*$", "", source, flags=re.DOTALL | re.MULTILINE)
    rows = (row.strip() for row in source.splitlines())
    return "\n".join(row for row in rows if row and not row.startswith("//"))


def _hash(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()
