"""Opens the text of one complaint, as she read it when she agreed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pydantic import ValidationError

from amaan.core import Core
from amaan.errors import ErasedError, StorageError
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.models import Complaint
from amaan.text import script_of
from amaan.words import Variant, variant_for
from handoff.console.complaintviews import ComplaintView, TextLine
from intake.contents import read_draft
from intake.interview.lines import Line, lines
from intake.schema import Draft, is_minor, provisions


async def opened(core: Core, tx: Transaction, row: Complaint, view: ComplaintView) -> ComplaintView:
    """`view` with the text of `row`; marked `unreadable` when it does not open.

    The caller has checked that the viewer may read it now, and records it.
    """
    try:
        draft = await read_draft(core, tx, row)
    except ErasedError:
        # Taken back since the row was read.
        return view
    except (StorageError, ValidationError) as error:
        # Without the error's words: they may quote the text.
        log().error(
            "complaint_unreadable", complaint_id=str(row.id), error_type=type(error).__name__
        )
        return replace(view, unreadable=True)
    if draft is None:
        return view
    variant = variant_for(draft.consent_language or row.language, row.script)
    words = partial(_text, core, variant.tag, row.door)
    return replace(
        view,
        opened=True,
        lines=tuple(_line(one, variant) for one in lines(draft, words)),
        html_lang=variant.html_lang,
        provisions=_provisions(draft),
    )


def _line(line: Line, variant: Variant) -> TextLine:
    fits = script_of(line.text) in (variant.script, None)
    return TextLine(line.name, line.label, line.text, variant.html_lang if fits else None)


def _text(core: Core, variant: str, door: str, key: str) -> str:
    return core.catalogues.text(key, variant, door)


def _provisions(draft: Draft) -> tuple[tuple[str, str], ...]:
    if draft.form_code is None:
        return ()
    found = provisions(draft.form_code, minor=is_minor(draft))
    return tuple((one.law, one.about) for one in found)
