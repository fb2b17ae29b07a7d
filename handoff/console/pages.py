"""Renders the templates. Untrusted text is only ever escaped text."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from amaan.clock import Clock
from amaan.settings import Settings
from handoff.console import views, wording
from handoff.console.rows import Rows
from handoff.console.translation import DEFAULT, INTERFACES, Translations
from handoff.console.wall import Wall
from handoff.permissions import Permission

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class StaticFile:
    """One file for browsers, read at the start."""

    content: bytes
    media_type: str
    etag: str


def load_static(folder: Path = _HERE / "static") -> dict[str, StaticFile]:
    """Every static file by its path below `folder`: a request can name nothing else."""
    files: dict[str, StaticFile] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            media_type = mimetypes.guess_type(path.name)[0] or "text/plain"
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            files[path.relative_to(folder).as_posix()] = StaticFile(content, media_type, etag)
    return files


class Pages:
    """The templates and static files of the console."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self.static = load_static()
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._translations = Translations()
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]  # by the extension
            self._translations.gettext, self._translations.ngettext, newstyle=True
        )
        self._environment.globals.update(
            wording=wording,
            pieces=views.pieces,
            clock=views.clock,
            wall=Wall,
            row=Rows(self._fragment, clock).row,
            Permission=Permission,
            # Which installation this is, so that nobody answers people in the wrong window.
            deployment=urlsplit(settings.origin).netloc,
            idle_seconds=int(settings.staff_session_idle.total_seconds()),
        )

    def text(self, template: str, **values: object) -> str:
        """A template as text, in the console language of who looks at it (`me`)."""
        interface = self._translations.use(getattr(values.get("me"), "interface", DEFAULT))
        return self._environment.get_template(template).render(
            now=self._clock.now(),
            interface=interface,
            interface_direction=INTERFACES[interface][1],
            **values,
        )

    def _fragment(self, template: str, **values: object) -> str:
        """A part of a page that is being made, in the page's language."""
        return self._environment.get_template(template).render(**values)

    def html(
        self,
        template: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **v: object,
    ) -> HTMLResponse:
        """A template as an answer."""
        return HTMLResponse(self.text(template, **v), status_code=status, headers=headers)

    def file(self, name: str, request: Request) -> Response | None:
        """A static file, or None. Unchanged files are not sent again."""
        found = self.static.get(name)
        if found is None:
            return None
        headers = {"etag": found.etag, "cache-control": "private, no-cache"}
        if request.headers.get("if-none-match") == found.etag:
            return Response(status_code=304, headers=headers)
        return Response(found.content, media_type=found.media_type, headers=headers)
