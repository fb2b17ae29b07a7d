"""Renders the page: one response that holds all it needs, for slow lines and empty caches."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from amaan.ports import OnPaper
from amaan.settings import Settings
from amaan.words import VARIANTS, Catalogues, MissingTextError, Variant
from telephony.headers import FEELS_SHAKING
from telephony.web.form import Posted, new_message_key, new_secret
from telephony.web.memory import Code
from telephony.web.safety import Outcome
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
    code: Code | None = None
    """The way back to the chat that was left, shown this once."""
    number: str = ""
    words: str = ""
    """What she typed to come back and was not found: she looks at it again."""

    @classmethod
    def of(cls, posted: Posted, transcript: Transcript | None, note: str | None = None) -> View:
        """The page after a press of a button. A chat that is gone takes its secret along."""
        chosen = transcript.chosen if transcript is not None else None
        follows_chat = chosen is not None and not posted.has_chosen
        lost = transcript is None and (posted.has_started or note is not None)
        if transcript is not None and transcript.closed:
            note = _closed_note(transcript, posted)
        return cls(
            variant=chosen if follows_chat and chosen else posted.variant,
            secret=new_secret() if lost else posted.secret,
            transcript=transcript,
            has_chosen=posted.has_chosen,
            draft="" if lost or (transcript and transcript.closed) else posted.draft,
            note=note,
            asks_erase=posted.action == "erase" and transcript is not None,
        )

    @classmethod
    def of_outcome(cls, posted: Posted, outcome: Outcome) -> View:
        """The page after a press that `Safety` dealt with."""
        if outcome.transcript is not None:
            return cls.of(posted, outcome.transcript, outcome.note)
        fresh = cls(posted.variant, has_chosen=posted.has_chosen, note=outcome.note)
        if outcome.code is not None or outcome.is_gone:
            return replace(fresh, code=outcome.code)
        return replace(fresh, secret=posted.secret, number=posted.number, words=posted.words)


def _closed_note(transcript: Transcript, posted: Posted) -> str:
    if transcript.closed == "cover":
        return "cover.reply"
    if transcript.is_waiting:
        return "web.waiting"
    is_wrong = posted.was_locked and posted.action == "send"
    return "web.lock_wrong" if is_wrong else "web.lock_ask"


class Page:
    """The template with its style and script, and the policy that lets these two run."""

    def __init__(self, catalogues: Catalogues, settings: Settings) -> None:
        self._catalogues = catalogues
        self._spoken = Spoken(catalogues)
        self._exit_url = settings.exit_url
        self._lock_seconds = settings.lock_after.total_seconds()
        self._days = str(settings.return_code_days)
        self._css = _smaller(_read("page.css"))
        # On its own: what an old browser cannot read in the other must not take the exit away.
        self._exit_js = _smaller(_read("exit.js"))
        parts = ("work.js", "page.js", "safety.js", "paper.js")
        self._js = "\n".join(_smaller(_read(part)) for part in parts)
        environment = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        self._template = environment.get_template("page.html")
        self._blank = environment.get_template("leave.html")
        framed_by = " ".join(settings.embed_origins) or "'none'"
        policy = "; ".join(
            (
                "default-src 'none'",
                f"script-src '{_hash(self._exit_js)}' '{_hash(self._js)}'",
                f"style-src '{_hash(self._css)}'",
                "connect-src 'self'",
                # The empty icon, so that no browser asks for one.
                "img-src data:",
                "form-action 'self'",
                "base-uri 'none'",
                f"frame-ancestors {framed_by}",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
            )
        )
        self.headers = {"Content-Security-Policy": policy, **FEELS_SHAKING}
        """What the page may do: from none, its script and style by hash."""

    def render(self, view: View) -> str:
        """The page as HTML."""
        transcript = view.transcript
        lines = transcript.lines if transcript is not None else ()
        answers = [line.seq for line in lines if line.who != "you"]
        return self._template.render(
            variant=view.variant,
            variants=VARIANTS.values(),
            say=lambda key: self.say(key, view.variant),
            english=lambda key: self._catalogues.text(key, "en-Latn", "web"),
            css=self._css,
            exit_js=self._exit_js,
            js=self._js,
            exit_url=self._exit_url,
            secret=view.secret,
            message_key=view.message_key,
            started=transcript is not None,
            closed=transcript is not None and bool(transcript.closed),
            has_word=transcript is not None and transcript.has_word,
            lock_seconds=self._lock_seconds,
            code=view.code,
            number=view.number,
            words=view.words,
            has_chosen=view.has_chosen,
            draft=view.draft,
            note=view.note,
            asks_erase=view.asks_erase,
            lines=lines,
            newest=answers[-1] if answers and not view.asks_erase else None,
            last_menu=transcript.last_menu if transcript is not None else None,
            is_waiting=transcript is not None and transcript.is_waiting,
            numbers=self._numbers(view.variant),
            paper=transcript.on_paper if transcript is not None else OnPaper(),
        )

    def say(self, key: str, variant: Variant) -> str:
        """The words of a catalogue key on the page."""
        return self._catalogues.text(key, variant, "web", days=self._days)

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
