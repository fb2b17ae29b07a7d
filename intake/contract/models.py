"""What travels between us and the intake, field by field. Nothing else is taken or read.

Times are ISO 8601 with a zone, dates ISO 8601, text is UTF-8, telephones E.164. Evidence is
described, never sent. The story may hold anything that she wrote, so no part of a body ever
stands in a log, an error or an address.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from intake.contract import values

_Line = Annotated[str, Field(min_length=1, max_length=200)]
_Name = Annotated[str, Field(min_length=2, max_length=100)]
# Mobile or landline of Pakistan (domain-facts 4.2).
_Phone = Annotated[str, Field(pattern=r"^\+92[1-9][0-9]{8,10}$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Url = Annotated[str, Field(max_length=2048, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/]\S*$")]
_Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,40}$")]

NUMBER_PATTERN = r"^[A-Z0-9][A-Z0-9-]{3,39}$"
KEY_PATTERN = r"^[A-Za-z0-9_-]{8,64}$"
Number = Annotated[str, Field(pattern=NUMBER_PATTERN)]
"""The agency's acknowledgement number."""


class _Wire(BaseModel):
    # The library's errors quote what they were given; ours must not.
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, allow_inf_nan=False
    )


class Complainant(_Wire):
    """Who complains: what the public form requires (domain-facts 4.1)."""

    full_name: _Name
    cnic: Annotated[str, Field(pattern=r"^[0-9]{5}-[0-9]{7}-[0-9]$")] | None = None
    no_cnic_reason: values.NoCnicReason | None = None
    gender: values.Gender
    mobile: _Phone
    city: Annotated[str, Field(min_length=1, max_length=100)]
    province: values.Province = "unknown"

    @model_validator(mode="after")
    def _cnic_or_reason(self) -> Self:
        if self.cnic is None and self.no_cnic_reason is None:
            raise ValueError("a CNIC, or why there is none")
        return self


class Victim(_Wire):
    """To whom it happened, as far as the intake must know."""

    is_complainant: bool
    age_band: values.AgeBand | None = None
    is_minor: bool
    relation: values.Relation | None = None
    """What a complainant who is somebody else is to the victim."""
    agrees: Literal["yes"] | None = None
    """That another adult agrees to this complaint."""


class SafeAdult(_Wire):
    """The grown-up whom a child named as safe. Nobody else of the family is to be told."""

    name: _Name
    relation: Annotated[str, Field(max_length=100)] | None = None
    phone: _Phone


class SafeContact(_Wire):
    """How the complainant may be reached without danger."""

    channel: values.Channel
    note: Annotated[str, Field(max_length=500)] | None = None


class Visit(_Wire):
    """What the complainant asks for when called to the station (domain-facts 4.2)."""

    wants_woman_officer: bool = False
    interpreter_language: values.Language | None = None
    accessibility_needs: Annotated[list[_Line], Field(max_length=10)] = []


class Suspect(_Wire):
    """What is known of who did it."""

    known_status: values.KnownStatus
    text: Annotated[str, Field(max_length=2000)] | None = None
    handles: Annotated[list[_Line], Field(max_length=50)] = []
    phones: Annotated[
        list[Annotated[str, Field(pattern=r"^\+?[0-9]{4,15}$")]], Field(max_length=50)
    ] = []


class Incident(_Wire):
    """What happened."""

    form_codes: Annotated[list[values.FormCode], Field(min_length=1, max_length=20)]
    category: values.Category
    platforms: Annotated[list[values.Platform], Field(min_length=1, max_length=20)]
    since: date | None = None
    since_precision: values.Precision = "unsure"
    summary: Annotated[str, Field(min_length=1, max_length=2000)]
    """For the form, which takes no more; cut from the narrative, never rewritten."""
    narrative: Annotated[str, Field(min_length=1, max_length=20_000)]
    content_urls: Annotated[list[_Url], Field(max_length=50)] = []
    account_handles: Annotated[list[_Line], Field(max_length=50)] = []
    suspects: Annotated[list[Suspect], Field(max_length=20)] = []


class EvidenceItem(_Wire):
    """One piece that she keeps: a description and, where allowed, a digest. Never a file."""

    evidence_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    kind: values.EvidenceKind
    description: Annotated[str, Field(max_length=500)]
    sha256: _Digest | None = None
    hashed_where: Literal["survivor_device"] | None = None
    contains_intimate: bool = False
    involves_minor: bool = False

    @model_validator(mode="after")
    def _nothing_of_a_picture(self) -> Self:
        if self.sha256 is not None and (self.contains_intimate or self.involves_minor):
            raise ValueError("no digest of what is intimate or shows a child")
        return self


class ForReview(_Wire):
    """What our rules propose; a human of the agency decides. By which signs the tier was found
    is not said: they may speak of her health."""

    status: Literal["proposed, for review"] = "proposed, for review"
    tier: values.Tier
    confirmed_by_supervisor: bool = False
    provisions: Annotated[list[_Line], Field(max_length=20)] = []
    """Possible provisions of law."""


class Consent(_Wire):
    """Her consent that this body may be handed to this agency."""

    version: _Code
    share_nccia: Literal[True]
    given_at: AwareDatetime
    language: values.Language
    method: _Code


class Declaration(_Wire):
    """Her own word that it is true; it is never made for her."""

    declared_true: Literal[True]
    declared_at: AwareDatetime


class FiledComplaint(_Wire):
    """One whole complaint as it is handed over. Blocks that are not here never leave."""

    schema_version: Literal["1"] = "1"
    reference: Annotated[str, Field(pattern=r"^TF-[0-9]{4}-[A-Z0-9]{8}$")]
    """Ours; without a meaning inside."""
    language: values.Language
    complainant: Complainant
    victim: Victim
    safe_adult: SafeAdult | None = None
    safe_contact: SafeContact
    visit: Visit = Visit()
    incident: Incident
    evidence: Annotated[list[EvidenceItem], Field(max_length=50)] = []
    for_review: ForReview
    consent: Consent
    declaration: Declaration

    @model_validator(mode="after")
    def _a_child_is_not_alone(self) -> Self:
        if self.victim.is_minor and self.victim.is_complainant and self.safe_adult is None:
            raise ValueError("a child needs a grown-up who is safe")
        if self.victim.is_minor and any(one.sha256 for one in self.evidence):
            raise ValueError("no digest where a child is concerned")
        return self


class Acknowledgement(_Wire):
    """That a complaint was taken, and how it stands. An acknowledgement is not an FIR."""

    number: Number
    state: values.State
    at: AwareDatetime
    """Since when it stands so."""


class StateChange(Acknowledgement):
    """What the agency calls us with. Repeated and reordered calls are harmless."""


class ProblemCode(StrEnum):
    """Why a request was not answered as asked."""

    INVALID = "invalid"
    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"
    KEY_MISSING = "key_missing"
    KEY_REUSED = "key_reused"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_NUMBER = "unknown_number"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    METHOD = "method_not_allowed"
    TOKEN = "token_wrong"  # noqa: S105  (a code)
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_WRONG = "signature_wrong"
    SIGNATURE_OLD = "signature_old"
    SIGNATURE_KEY = "signature_unknown_key"
    BUSY = "too_many"
    UNAVAILABLE = "unavailable"
    TROUBLE = "trouble"


class Problem(_Wire):
    """An error (RFC 9457, ``application/problem+json``). It never repeats the input."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    code: ProblemCode
    retry_after: Annotated[int, Field(ge=0)] | None = None
    """Seconds after which another try makes sense; also in the header ``Retry-After``."""
    fields: list[str] = []
    """Names of the contract's fields that were not fit, as ``complainant.cnic``."""
