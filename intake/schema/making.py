"""From the draft to the complaint: what is still missing, and the making of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal

from pydantic import ValidationError

from amaan.errors import InputError
from intake.schema.complaint import (
    CONSENT_VERSION,
    Adult,
    Complainant,
    Complaint,
    Consent,
    Declaration,
    Incident,
    Provision,
    Risks,
    SafeContact,
    Suspect,
    Triage,
    Victim,
    Visit,
)
from intake.schema.draft import ANONYMOUS, Draft, is_minor
from intake.schema.enums import (
    Agrees,
    ConsentItem,
    Contact,
    ForWhom,
    Gender,
    IdType,
    NoCnicReason,
    Platform,
    Precision,
    Province,
    Relation,
    SuspectKnown,
    VisitWish,
)
from intake.schema.provisions import form_tier, provisions
from intake.schema.summary import summary_of

CONSENT_FIELDS: Final = ("consents", "consent_given_at", "declared_at")
"""What her yes at the end fills in; all other fields of `missing` are lines to fill in."""


class IncompleteError(InputError):
    """A draft cannot be filed yet. `missing` has the names of its fields, no content."""

    code = "incomplete"

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"still needed: {', '.join(missing)}")
        self.missing = missing


def missing(draft: Draft) -> tuple[str, ...]:
    """Names of draft fields that stage C still needs, in the order in which they are asked.

    Skipped ones count as answered where the form has a value for "not said": platform
    (other), since (unsure), gender (declined), contact (none). Nothing else is let through.
    """
    return tuple(name for name, is_needed in _RULES.items() if is_needed(draft))


def missing_lines(draft: Draft) -> tuple[str, ...]:
    """As `missing`, without what her yes at the end fills in (`CONSENT_FIELDS`)."""
    return tuple(name for name in missing(draft) if name not in CONSENT_FIELDS)


def stage_of(draft: Draft) -> Literal["A", "B", "C"]:
    """The stage of domain-facts 4.2: A nothing personal, B a draft, C ready to file."""
    if not missing(draft):
        return "C"
    empty = Draft()
    personal = set(Draft.model_fields) - ANONYMOUS
    return "B" if any(getattr(draft, name) != getattr(empty, name) for name in personal) else "A"


def _absent(name: str) -> Callable[[Draft], bool]:
    return lambda draft: getattr(draft, name) in (None, "")


def _absent_and_not_skipped(name: str) -> Callable[[Draft], bool]:
    return lambda draft: getattr(draft, name) is None and name not in draft.skipped


def _of_other(draft: Draft) -> bool:
    return draft.for_whom in (ForWhom.CHILD, ForWhom.ADULT)


def _needs_adult(draft: Draft) -> bool:
    """A child who writes herself; who writes for a child is the adult who comes along."""
    return is_minor(draft) and not _of_other(draft)


def _card_is_open(draft: Draft) -> bool:
    if _needs_adult(draft):
        return False  # the reason is her age
    return draft.cnic is None and draft.no_cnic_reason is None


def _since_is_open(draft: Draft) -> bool:
    if draft.since_precision is Precision.UNSURE or "since" in draft.skipped:
        return False
    return draft.since is None


_RULES: Final[dict[str, Callable[[Draft], bool]]] = {
    "language": _absent("language"),
    "script": _absent("script"),
    "channel": _absent("channel"),
    "for_whom": _absent("for_whom"),
    "relation": lambda draft: _of_other(draft) and draft.relation is None,
    # No, and "I cannot ask", are answers, and still nothing is filed over another's head.
    "agrees": lambda draft: draft.for_whom is ForWhom.ADULT and draft.agrees is not Agrees.YES,
    "age_band": lambda draft: draft.age_band is None and draft.for_whom is not ForWhom.CHILD,
    "adult_safe": lambda draft: _needs_adult(draft) and draft.adult_safe is not True,
    "adult_name": lambda draft: _needs_adult(draft) and draft.adult_name is None,
    "adult_phone": lambda draft: _needs_adult(draft) and draft.adult_phone is None,
    "form_code": _absent("form_code"),
    "story": _absent("story"),
    "platform": _absent_and_not_skipped("platform"),
    "since": _since_is_open,
    "name": _absent("name"),
    "cnic": _card_is_open,
    "gender": _absent_and_not_skipped("gender"),
    "phone": _absent("phone"),
    "city": _absent("city"),
    "contact": _absent_and_not_skipped("contact"),
    "consents": lambda draft: not draft.consents.get(ConsentItem.SHARE_NCCIA, False),
    "consent_given_at": _absent("consent_given_at"),
    "declared_at": _absent("declared_at"),
}


def complaint_of(
    draft: Draft, *, reference: str, key: str, now: datetime, triage: Triage | None = None
) -> Complaint:
    """The complaint that a draft makes; `now` is timezone-aware.

    Without `triage` it stands where its form of abuse begins. Raises `IncompleteError`, and
    `InputError` (code ``complaint``) for a draft whose fields do not fit each other; neither
    holds a word of hers.
    """
    gaps = missing(draft)
    if gaps:
        raise IncompleteError(gaps)
    try:
        return _made(draft, reference, key, now, triage)
    except ValidationError as error:
        fields = sorted({".".join(map(str, one["loc"])) or one["msg"] for one in error.errors()})
        raise InputError(f"no complaint: {'; '.join(fields)}", code="complaint") from None


def _made(
    draft: Draft, reference: str, key: str, now: datetime, triage: Triage | None
) -> Complaint:
    assert draft.form_code
    assert draft.language
    assert draft.script
    assert draft.channel
    minor = is_minor(draft)
    # The draft has done so when it was read; a list changed in place since is caught here.
    evidence = [one.without_hash() if minor else one for one in draft.evidence]
    return Complaint(
        reference=reference,
        key=key,
        created_at=now,
        language=draft.language,
        script=draft.script,
        channel=draft.channel,
        complainant=_complainant(draft),
        victim=Victim(age_band=draft.age_band, is_minor=minor, agrees=draft.agrees),
        adult=_adult(draft),
        safe_contact=SafeContact(
            preferred=draft.contact or Contact.NONE, note=draft.contact_note or None
        ),
        visit=_visit(draft),
        incident=_incident(draft),
        suspects=_suspects(draft),
        evidence=tuple(evidence),
        risk=_risks(draft),
        triage=triage or Triage(tier=form_tier(draft.form_code), codes=tuple(draft.codes)),
        offences=tuple(
            Provision(offence_id=one.id, law=one.law)
            for one in provisions(draft.form_code, minor=minor)
        ),
        consent=_consent(draft),
        declaration=_declaration(draft),
    )


def _complainant(draft: Draft) -> Complainant:
    assert draft.name
    assert draft.phone
    assert draft.city
    of_other = _of_other(draft)
    reason = None if draft.cnic else draft.no_cnic_reason
    if draft.cnic is None and reason is None:
        reason = NoCnicReason.MINOR
    return Complainant(
        name=draft.name,
        cnic=draft.cnic,
        no_cnic_reason=reason,
        id_type=IdType.CNIC if draft.cnic else IdType.NONE,
        age_band=None if of_other else draft.age_band,
        gender=draft.gender or Gender.DECLINED,
        phone=draft.phone,
        city=draft.city,
        province=draft.province or Province.UNKNOWN,
        relationship_to_victim=(draft.relation or Relation.OTHER) if of_other else "self",
    )


def _adult(draft: Draft) -> Adult | None:
    if not _needs_adult(draft):
        return None
    assert draft.adult_name
    assert draft.adult_phone
    assert draft.adult_safe
    return Adult(
        name=draft.adult_name,
        relation=draft.adult_relation or None,
        phone=draft.adult_phone,
        is_safe=True,
    )


def _visit(draft: Draft) -> Visit:
    # The language that she writes in is the one that she is to be spoken to in.
    wants_interpreter = VisitWish.INTERPRETER in draft.visit
    return Visit(
        wants_woman_officer=VisitWish.WOMAN_OFFICER in draft.visit,
        interpreter_language=draft.language if wants_interpreter else None,
        accessibility_needs=(draft.visit_note,) if draft.visit_note else (),
    )


def _incident(draft: Draft) -> Incident:
    assert draft.form_code
    assert draft.story
    # A summary of a story that she has changed since would say what she took back.
    approved = draft.summary if draft.summary and draft.summary in draft.story else None
    known = draft.since_precision or Precision.EXACT
    return Incident(
        form_codes=(draft.form_code,),
        platforms=(draft.platform or Platform.OTHER,),
        content_urls=tuple(draft.urls),
        account_handles=tuple(draft.handles),
        first_occurred_on=draft.since,
        date_precision=known if draft.since else Precision.UNSURE,
        narrative_original=draft.story,
        summary_2000=approved or summary_of(draft.story),
    )


def _suspects(draft: Draft) -> tuple[Suspect, ...]:
    if not (draft.suspect_known or draft.suspect_text or draft.handles or draft.suspect_phones):
        return ()
    return (
        Suspect(
            known_status=draft.suspect_known or SuspectKnown.UNKNOWN,
            description=draft.suspect_text or None,
            handles=tuple(draft.handles),
            phones=tuple(draft.suspect_phones),
        ),
    )


def _risks(draft: Draft) -> Risks:
    return Risks(
        suicide=draft.suicide_risk,
        honour=draft.honour_risk,
        physical=draft.physical_risk,
        spread=draft.spread_risk,
        child_flag=draft.child_flag,
        reason_codes=tuple(draft.codes),
    )


def _consent(draft: Draft) -> Consent:
    assert draft.consent_given_at
    assert draft.language
    return Consent(
        version=draft.consent_version or CONSENT_VERSION,
        items=draft.consents,
        given_at=draft.consent_given_at,
        language=draft.consent_language or draft.language,
        method=draft.consent_method or "chat",
    )


def _declaration(draft: Draft) -> Declaration:
    assert draft.declared_at
    assert draft.language
    return Declaration(
        declared=True, at=draft.declared_at, language=draft.consent_language or draft.language
    )
