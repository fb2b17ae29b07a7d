"""The complaint as it can be filed (stage C): frozen, complete and checked.

`intake.schema.complaint_of` makes it out of a draft. What the agency's form looks like is
known to `intake.contract` alone.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, field_validator, model_validator

from intake.schema.base import (
    MAX_STORY,
    MAX_SUMMARY,
    MAX_URLS,
    AdultName,
    AnyPhone,
    City,
    Cnic,
    Code,
    Handle,
    Name,
    Part,
    Phone,
    Risk,
    Text,
    Url,
)
from intake.schema.enums import (
    MINOR_BANDS,
    AgeBand,
    Agrees,
    Channel,
    ConsentItem,
    Contact,
    FormCode,
    Gender,
    IdType,
    Language,
    NoCnicReason,
    Platform,
    Precision,
    Province,
    Relation,
    Script,
    SuspectKnown,
    Tier,
)
from intake.schema.evidence import MAX_EVIDENCE, Evidence

CONSENT_VERSION: Final = "2026-11"
"""Edition of the words by which she consents; a change of their sense is a new one."""
PAKISTAN: Final = ZoneInfo("Asia/Karachi")

ReferenceNumber = Annotated[str, Field(pattern=r"^TF-[0-9]{4}-[A-Z0-9]{8}$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class Complainant(Part):
    """Who complains, by the fields of the agency's form."""

    name: Name
    cnic: Cnic | None = None
    no_cnic_reason: NoCnicReason | None = None
    id_type: IdType
    age_band: AgeBand | None = None
    """None when she writes for somebody else: only the other's age was asked."""
    gender: Gender
    phone: Phone
    city: City
    province: Province = Province.UNKNOWN
    relationship_to_victim: Literal["self"] | Relation

    @model_validator(mode="after")
    def _card_or_reason(self) -> Self:
        if (self.cnic is None) == (self.no_cnic_reason is None):
            raise ValueError("either a CNIC number stands here or the reason why there is none")
        if (self.cnic is None) != (self.id_type is IdType.NONE):
            raise ValueError("id_type does not fit the CNIC number")
        return self


class Victim(Part):
    """Whom it was done to."""

    age_band: AgeBand | None
    is_minor: bool
    agrees: Agrees | None = None
    """Of an adult for whom somebody else writes; only ``yes`` can be filed."""

    @model_validator(mode="after")
    def _minor_by_age(self) -> Self:
        if self.age_band in MINOR_BANDS and not self.is_minor:
            raise ValueError("this age is under eighteen")
        if self.age_band is None and not self.is_minor:
            raise ValueError("the age of an adult is known by its band")
        return self


class Adult(Part):
    """The adult who comes along with a child that writes herself; the child trusts them.

    A guardian whom the child does not call safe is never named and never told.
    """

    name: AdultName
    relation: Annotated[Text, Field(max_length=64)] | None = None
    phone: Phone
    is_safe: Literal[True]


class SafeContact(Part):
    """How the agency may reach her; without an answer not at all."""

    preferred: Contact = Contact.NONE
    note: Annotated[Text, Field(max_length=200)] | None = None


class Visit(Part):
    """What she asks for when she is called to the station. A wish: nobody promises it."""

    wants_woman_officer: bool = False
    interpreter_language: Language | None = None
    accessibility_needs: Annotated[
        tuple[Annotated[Text, Field(max_length=200)], ...], Field(max_length=10)
    ] = ()


class Incident(Part):
    """What happened, in her own words, and where it can be seen."""

    form_codes: Annotated[tuple[FormCode, ...], Field(min_length=1, max_length=20)]
    platforms: Annotated[tuple[Platform, ...], Field(min_length=1, max_length=20)]
    content_urls: Annotated[tuple[Url, ...], Field(max_length=MAX_URLS)] = ()
    """Never opened, by nobody in this house."""
    account_handles: Annotated[tuple[Handle, ...], Field(max_length=MAX_URLS)] = ()
    first_occurred_on: date | None = None
    date_precision: Precision
    narrative_original: Annotated[Text, Field(min_length=1, max_length=MAX_STORY)]
    summary_2000: Annotated[Text, Field(min_length=1, max_length=MAX_SUMMARY)]

    @model_validator(mode="after")
    def _known_or_unsure(self) -> Self:
        if self.first_occurred_on is None and self.date_precision is not Precision.UNSURE:
            raise ValueError("without a date its precision is unsure")
        return self


class Suspect(Part):
    """Who did it, as far as she wants to say. No CNIC number of another person."""

    known_status: SuspectKnown
    description: Annotated[Text, Field(max_length=500)] | None = None
    handles: Annotated[tuple[Handle, ...], Field(max_length=MAX_URLS)] = ()
    phones: Annotated[tuple[AnyPhone, ...], Field(max_length=MAX_URLS)] = ()


class Risks(Part):
    """0 none, 1 possible, 2 likely, 3 immediate."""

    suicide: Risk = 0
    honour: Risk = 0
    physical: Risk = 0
    spread: Risk = 0
    child_flag: bool = False
    reason_codes: Annotated[tuple[Code, ...], Field(max_length=100)] = ()


class Triage(Part):
    """How soon it should be dealt with; a proposal until a named person has confirmed it."""

    tier: Tier
    tier_source: Literal["machine", "human"] = "machine"
    codes: Annotated[tuple[Code, ...], Field(max_length=100)] = ()

    @property
    def is_confirmed(self) -> bool:
        """Whether a person has looked at it."""
        return self.tier_source == "human"


class Provision(Part):
    """A provision that may apply; a lawyer or officer decides."""

    offence_id: Annotated[str, Field(pattern=r"^O[0-9]{2}$")]
    law: Annotated[str, Field(max_length=200)]
    note: Literal["possible provision, for review"] = "possible provision, for review"


class Consent(Part):
    """What she agreed to, each purpose by itself."""

    version: Code
    items: dict[ConsentItem, bool]
    given_at: AwareDatetime
    language: Language
    method: Code

    @field_validator("items")
    @classmethod
    def _whole(cls, given: dict[ConsentItem, bool]) -> dict[ConsentItem, bool]:
        items = {item: given.get(item, False) for item in ConsentItem}
        if not items[ConsentItem.SHARE_NCCIA]:
            raise ValueError("without the consent share_nccia nothing is filed")
        return items


class Declaration(Part):
    """Her own declaration that it is true as far as she knows; never given for her."""

    declared: Literal[True]
    at: AwareDatetime
    language: Language


class Complaint(Part):
    """A complaint that is ready to be filed."""

    schema_version: Literal["1.0"] = "1.0"
    reference: ReferenceNumber
    key: Key
    """The agency takes one complaint for each."""
    created_at: AwareDatetime
    """In Pakistan's time."""
    language: Language
    script: Script
    channel: Channel
    complainant: Complainant
    victim: Victim
    adult: Adult | None = None
    safe_contact: SafeContact
    visit: Visit = Visit()
    incident: Incident
    suspects: Annotated[tuple[Suspect, ...], Field(max_length=20)] = ()
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=MAX_EVIDENCE)] = ()
    risk: Risks
    triage: Triage
    offences: Annotated[tuple[Provision, ...], Field(max_length=20)] = ()
    consent: Consent
    declaration: Declaration

    @field_validator("created_at")
    @classmethod
    def _in_pakistan(cls, at: AwareDatetime) -> AwareDatetime:
        return at.astimezone(PAKISTAN)

    @model_validator(mode="after")
    def _protects_a_child(self) -> Self:
        if not self.victim.is_minor:
            return self
        if any(one.sha256 is not None for one in self.evidence):
            raise ValueError("evidence in a minor's matter has no sha256")
        if self.complainant.relationship_to_victim == "self" and self.adult is None:
            raise ValueError("a minor needs an adult whom she trusts")
        return self

    @model_validator(mode="after")
    def _agreed(self) -> Self:
        other = self.complainant.relationship_to_victim != "self"
        if other and not self.victim.is_minor and self.victim.agrees is not Agrees.YES:
            raise ValueError("the adult whom it is about must agree")
        return self

    @model_validator(mode="after")
    def _not_in_the_future(self) -> Self:
        since = self.incident.first_occurred_on
        if since is not None and since > self.created_at.date():
            raise ValueError("it cannot have happened after today")
        return self
