"""The draft: whatever she has said so far, every field open (stages A and B)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from intake.never import reject_forbidden
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
    ForWhom,
    Gender,
    Language,
    NoCnicReason,
    Platform,
    Precision,
    Province,
    Relation,
    Script,
    SuspectKnown,
    VisitWish,
)
from intake.schema.evidence import MAX_EVIDENCE, Evidence

_Short = Annotated[Text, Field(max_length=64)]
_FieldName = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]

ANONYMOUS = frozenset(
    {
        *("for_whom", "relation", "age_band", "form_code", "platform", "city", "province"),
        *("story", "language", "script", "channel", "skipped", "asked", "codes"),
        *("suicide_risk", "honour_risk", "physical_risk", "spread_risk", "child_flag"),
    }
)
"""Fields that stage A (help without a name) may hold; all others begin stage B."""


class Draft(BaseModel):
    """What she has said so far. Every field may be absent; each is checked when it is set.

    Lists are assigned anew (``draft.urls = [*draft.urls, url]``), so that they are checked.
    Digests of evidence vanish as soon as the draft is about somebody under eighteen.
    """

    model_config = ConfigDict(
        extra="forbid",
        validate_assignment=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    for_whom: ForWhom | None = None
    relation: Relation | None = None
    agrees: Agrees | None = None
    age_band: AgeBand | None = None
    """Of the person whom it is about."""
    adult_safe: bool | None = None
    """There is an adult whom the child trusts and who may know; asked of the child alone."""
    adult_name: AdultName | None = None
    adult_relation: _Short | None = None
    adult_phone: Phone | None = None

    form_code: FormCode | None = None
    platform: Platform | None = None
    since: date | None = None
    since_precision: Precision | None = None
    story: Annotated[Text, Field(max_length=MAX_STORY)] | None = None
    summary: Annotated[Text, Field(max_length=MAX_SUMMARY)] | None = None
    """The beginning of the story, see `intake.schema.summary_of`."""
    urls: Annotated[list[Url], Field(max_length=MAX_URLS)] = Field(default_factory=list)
    """Never opened."""
    handles: Annotated[list[Handle], Field(max_length=MAX_URLS)] = Field(default_factory=list)
    suspect_phones: Annotated[list[AnyPhone], Field(max_length=MAX_URLS)] = Field(
        default_factory=list
    )
    suspect_known: SuspectKnown | None = None
    suspect_text: Annotated[Text, Field(max_length=500)] | None = None

    name: Name | None = None
    cnic: Cnic | None = None
    """No gender and no district is ever read out of it."""
    no_cnic_reason: NoCnicReason | None = None
    gender: Gender | None = None
    phone: Phone | None = None
    city: City | None = None
    province: Province | None = None
    contact: Contact | None = None
    contact_note: Annotated[Text, Field(max_length=200)] | None = None
    visit: list[VisitWish] = Field(default_factory=list)
    """What she asks for at the station; asked only when she wants to say it."""
    visit_note: Annotated[Text, Field(max_length=200)] | None = None
    """What else she needs there: a ramp, signs instead of speech, somebody with her."""

    evidence: Annotated[list[Evidence], Field(max_length=MAX_EVIDENCE)] = Field(
        default_factory=list
    )

    consents: dict[ConsentItem, bool] = Field(
        default_factory=lambda: dict.fromkeys(ConsentItem, False)
    )
    consent_given_at: AwareDatetime | None = None
    consent_language: Language | None = None
    consent_method: Code | None = None
    consent_version: Code | None = None
    declared_at: AwareDatetime | None = None

    skipped: Annotated[list[_FieldName], Field(max_length=100)] = Field(default_factory=list)
    asked: _FieldName | None = None
    """The field that was asked for last."""

    language: Language | None = None
    script: Script | None = None
    channel: Channel | None = None

    suicide_risk: Risk = 0
    honour_risk: Risk = 0
    physical_risk: Risk = 0
    spread_risk: Risk = 0
    child_flag: bool = False
    codes: Annotated[list[Code], Field(max_length=100)] = Field(default_factory=list)
    """Codes of rules that she set off (`intake.triage`)."""

    @model_validator(mode="before")
    @classmethod
    def _never_collected(cls, value: object) -> object:
        return reject_forbidden(value)

    @field_validator("consents")
    @classmethod
    def _off_by_default(cls, given: dict[ConsentItem, bool]) -> dict[ConsentItem, bool]:
        return {item: given.get(item, False) for item in ConsentItem}

    @model_validator(mode="after")
    def _no_hash_of_a_child(self) -> Self:
        # In place: assigning here would check, and so come here, again without end.
        if is_minor(self):
            self.evidence[:] = [one.without_hash() for one in self.evidence]
        return self


def is_minor(draft: Draft) -> bool:
    """Whether it is about somebody under eighteen, or nobody has said and a sign points there."""
    if draft.for_whom is ForWhom.CHILD:
        return True
    if draft.age_band is not None:
        return draft.age_band in MINOR_BANDS
    return draft.child_flag
