"""The complaint handed over to the local police: the same facts, with the log of who did what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from amaan.errors import NotAllowedError, StorageError
from amaan.storage.models import Complaint as ComplaintRow
from amaan.storage.models import ComplaintEvent
from intake.events import check_chain
from intake.interview.lines import Words
from intake.paper.sheet import Sheet, Table
from intake.schema import Complaint, ConsentItem, Evidence, SuspectKnown
from intake.schema.complaint import PAKISTAN

TITLE: Final = "Complaint handed over to the local police (Zero report)"
_NOTES: Final = (
    "The account stands in the complainant's own words and was not changed.",
    "Possible provisions and urgency are proposals for review; they decide nothing.",
    "No file is attached: evidence stays on the complainant's device, and is described only. "
    "Intimate pictures must not be asked for, copied or passed on.",
    "Please use only the safe contact named above, and do not call the household.",
)
_KNOWN: Final = {
    SuspectKnown.KNOWN: "known to the complainant",
    SuspectKnown.PARTLY: "partly known to the complainant",
    SuspectKnown.UNKNOWN: "not known to the complainant",
}
_MINOR: Final = "It concerns a person under eighteen. No picture and no digest of one is kept."


def handover(
    complaint: Complaint, row: ComplaintRow, events: Sequence[ComplaintEvent], words: Words
) -> Sheet:
    """The hand-over document: English, with her language beside the labels.

    `events` are all entries of `row`, oldest first; `words` gives catalogue texts in her
    language. Raises `NotAllowedError` (code ``no_consent``) unless she agreed to share it
    with the police, and `StorageError` (code ``custody``) when the log was tampered with.
    """
    if not complaint.consent.items[ConsentItem.SHARE_POLICE]:
        raise NotAllowedError("she did not agree to share it with the police", code="no_consent")
    if check_chain(events) is not None:
        raise StorageError("the custody log is broken", code="custody")
    return Sheet(
        title=TITLE,
        reference=row.reference,
        lines=tuple(_both(one, words) for one in _lines(complaint, row) if one[2]),
        direction="ltr",
        language="en",
        notes=_notes(complaint, events),
        custody=(_evidence(complaint.evidence), _log(events)),
    )


Line = tuple[str, str, str]
"""English label, name of the label in the catalogue or nothing, text."""


def _both(line: Line, words: Words) -> tuple[str, str]:
    english, name, text = line
    own = words(f"complaint.label.{name}") if name else english
    return (english if own == english else f"{english} · {own}", text)


def _lines(complaint: Complaint, row: ComplaintRow) -> Iterable[Line]:
    yield ("Possible provisions, for review", "", _joined(one.law for one in complaint.offences))
    yield ("Urgency, for review", "", _urgency(row))
    yield ("Filed with NCCIA", "", _time(row.filed_at) if row.filed_at else "not yet")
    yield from _people(complaint)
    yield from _incident(complaint)


def _people(complaint: Complaint) -> Iterable[Line]:
    person, victim = complaint.complainant, complaint.victim
    yield ("Complainant", "name", person.name)
    yield ("CNIC", "cnic", person.cnic or f"none: {_plain(person.no_cnic_reason)}")
    yield ("Gender", "gender", _plain(person.gender))
    yield ("Mobile", "phone", person.phone)
    yield ("City", "city", _joined((person.city, _plain(person.province))))
    yield ("Safe contact", "contact", _contact(complaint))
    yield ("Asked for at the station", "visit", _visit(complaint))
    yield ("Complains for", "for_whom", _for_whom(complaint))
    age = (victim.age_band or "not said").replace("_plus", "+").replace("_", "-")
    yield ("Age group", "age", "under 13" if age == "under-13" else age)
    if complaint.adult:
        adult = complaint.adult
        relation = adult.relation or ""
        yield (
            "Trusted adult",
            "adult",
            "\n".join(filter(None, (adult.name, relation, adult.phone))),
        )


def _incident(complaint: Complaint) -> Iterable[Line]:
    about = complaint.incident
    since = about.first_occurred_on
    yield ("What it is", "what", _joined(map(_plain, about.form_codes)))
    yield ("Where", "platform", _joined(map(_plain, about.platforms)))
    yield ("Since", "when", f"{since} ({_plain(about.date_precision)})" if since else "not known")
    for suspect in complaint.suspects:
        known = _KNOWN[suspect.known_status]
        yield ("Who", "suspect", "\n".join(filter(None, (known, suspect.description))))
    phones = [phone for suspect in complaint.suspects for phone in suspect.phones]
    links = dict.fromkeys((*about.content_urls, *about.account_handles, *phones))
    yield ("Links and accounts", "links", "\n".join(links))
    yield ("What happened", "story", about.narrative_original)
    yield ("Declared true", "", f"by the complainant, {_time(complaint.declaration.at)}")


def _evidence(pieces: Sequence[Evidence]) -> Table:
    rows = tuple(
        (
            str(number),
            one.evidence_id,
            _plain(one.kind),
            one.description + ("\n(intimate: description only)" if one.contains_intimate else ""),
            one.sha256 or "none",
        )
        for number, one in enumerate(pieces, 1)
    )
    head = ("No.", "Id", "Kind", "Description", "SHA-256, made on the device")
    return Table("Evidence (description only)", head, rows or (("-", "", "none", "", ""),))


def _log(events: Sequence[ComplaintEvent]) -> Table:
    # Pieces of evidence are named by their id. Staff are a number that only this house can read.
    rows = tuple(
        (
            str(number),
            _time(one.at),
            one.actor + (f" {one.staff_id.hex[:8]}" if one.staff_id else ""),
            one.tag.replace(":", " "),
            one.subject or "",
        )
        for number, one in enumerate(events, 1)
    )
    return Table("Custody log", ("No.", "Time", "By", "What", "Of what"), rows)


def _notes(complaint: Complaint, events: Sequence[ComplaintEvent]) -> tuple[str, ...]:
    last = f"Last link of the custody log (SHA-256, {len(events)} entries):"
    notes = (*_NOTES, _MINOR) if complaint.victim.is_minor else _NOTES
    return (*notes, f"{last}\n{events[-1].digest.hex()}") if events else notes


def _urgency(row: ComplaintRow) -> str:
    by = "confirmed by a trained person" if row.tier_by else "proposed by rules, not confirmed"
    return f"{row.tier} ({by})"


def _contact(complaint: Complaint) -> str:
    contact = complaint.safe_contact
    return _joined((_plain(contact.preferred), contact.note or ""))


def _visit(complaint: Complaint) -> str:
    visit = complaint.visit
    woman = "a woman officer" if visit.wants_woman_officer else ""
    spoken = visit.interpreter_language
    interpreter = f"an interpreter ({spoken})" if spoken else ""
    return _joined((woman, interpreter, *visit.accessibility_needs))


def _for_whom(complaint: Complaint) -> str:
    relation = complaint.complainant.relationship_to_victim
    if relation == "self":
        return "self"
    whom = "a child" if complaint.victim.is_minor else "another adult, who agrees"
    return f"{whom} ({_plain(relation)})"


def _plain(value: str | None) -> str:
    return (value or "").replace("_", " ")


def _time(at: datetime) -> str:
    return at.astimezone(PAKISTAN).strftime("%Y-%m-%d %H:%M:%S %z")


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part)
