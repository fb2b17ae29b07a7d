"""Reads a PO file as paragraphs and mends single ones.

What is not mended stays as it is, byte for byte, so that the history shows which words changed;
Babel would write the whole file anew in a layout of its own.
"""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import PoFileError, normalize, read_po

# Begins as `amaan.words.catalogues` wants it; who and when are for humans.
_REVIEWED = re.compile(r"review: reviewed(?: by (?P<who>.*?)(?: on \d{4}-\d\d-\d\d)?$)?")
_REVIEW = "# review: "
_PLACE = re.compile(r'(?m)^msgctxt "(.+)"\nmsgid "(.+)"$')


class ReviewError(ValueError):
    """A sheet or a catalogue cannot be used; the message says where and why, in one line."""


@dataclass(frozen=True)
class Entry:
    """One text of a catalogue."""

    key: str
    channel: str
    text: str
    note: str
    """What translators are told about it, the `#.` lines."""
    reviewed: bool
    reviewer: str
    """Who reviewed it, if that was noted."""
    part: int
    """Which part of the file holds it."""


class PoFile:
    """One catalogue; `entries` are by channel and key, as they were when it was read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            whole = file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ReviewError(f"{file} cannot be read") from error
        self._parts = re.split(r"(\n{2,})", whole)
        found = [
            (place, part)
            for part, paragraph in enumerate(self._parts)
            for place in _PLACE.findall(paragraph)
        ]
        parts = dict(found)
        self.entries = {(e.channel, e.key): e for e in self._read(whole, parts)}
        if len(set(parts.values())) != len(found) or parts.keys() != self.entries.keys():
            raise ReviewError(f"{file} does not hold each text once, in a paragraph of its own")

    def mend(self, entry: Entry, text: str | None, review: str) -> None:
        """Writes a review state, and a text if there is one, into the paragraph of `entry`."""
        paragraph = self._parts[entry.part].split("\n")
        lines = [line for line in paragraph if not line.startswith(_REVIEW)]
        if text is not None:
            start = next(i for i, line in enumerate(lines) if line.startswith("msgstr"))
            end = start + 1
            while end < len(lines) and lines[end].startswith('"'):
                end += 1
            lines[start:end] = f"msgstr {normalize(text, width=0)}".split("\n")
        self._parts[entry.part] = "\n".join([f"{_REVIEW}{review}", *lines])

    def write(self) -> None:
        """Puts the mended file in the place of the old one, whole."""
        new = self._file.with_name(f"{self._file.name}.new")
        try:
            new.write_bytes("".join(self._parts).encode("utf-8"))
            shutil.copymode(self._file, new)
            os.replace(new, self._file)
        except OSError as error:
            raise ReviewError(f"{self._file} cannot be written") from error

    def _read(self, whole: str, parts: dict[tuple[str, str], int]) -> Iterator[Entry]:
        try:
            messages = read_po(io.StringIO(whole), ignore_obsolete=True, abort_invalid=True)
        except PoFileError as error:
            raise ReviewError(f"{self._file} is no catalogue") from error
        for message in messages:
            if not message.id:
                continue
            signed = next(filter(None, map(_REVIEWED.match, message.user_comments)), None)
            channel, key = str(message.context), str(message.id)
            yield Entry(
                key=key,
                channel=channel,
                text=str(message.string),
                note=" ".join(message.auto_comments),
                reviewed=signed is not None,
                reviewer=(signed["who"] or "") if signed else "",
                part=parts.get((channel, key), -1),
            )
