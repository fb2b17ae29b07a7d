"""The only place that knows our complaint on one side and the intake's on the other.

Whatever `Complaint` holds and `to_wire` does not name stays here: risk scores, reasons of the
tier, the door she came by, other consents. The same complaint always makes the same body (no
time of its making stands in it), for one key is good for one body.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from amaan.errors import InputError
from intake.contract.models import FiledComplaint
from intake.schema import Complaint, ConsentItem

_CATEGORIES = Path(__file__).with_name("categories.toml")


def to_wire(complaint: Complaint) -> FiledComplaint:
    """The blocks that leave, in the contract's shape.

    Raises `InputError` (code ``intake_unfit``) when the contract has no place for something;
    the error names fields and holds none of her words.
    """
    try:
        # By way of JSON, in which both sides have the same values and no classes.
        return FiledComplaint.model_validate(_blocks(complaint), strict=False)
    except ValidationError as error:
        fields = sorted({".".join(map(str, one["loc"])) for one in error.errors()})
        raise InputError(f"the contract has no place for {fields}", code="intake_unfit") from None


@lru_cache(maxsize=1)
def categories() -> dict[str, str]:
    """The agency's category for each form of abuse."""
    return dict(tomllib.loads(_CATEGORIES.read_text())["category"])


def _blocks(complaint: Complaint) -> dict[str, Any]:
    ours = complaint.model_dump(mode="json")
    return {
        "reference": complaint.reference,
        "language": complaint.language.value,
        "complainant": _complainant(ours["complainant"]),
        "victim": _victim(complaint),
        "safe_adult": _adult(ours["adult"]),
        "safe_contact": {
            "channel": ours["safe_contact"]["preferred"],
            "note": ours["safe_contact"]["note"],
        },
        "visit": ours["visit"],
        "incident": _incident(ours),
        "evidence": [_evidence(one) for one in ours["evidence"]],
        "for_review": {
            "tier": complaint.triage.tier.value,
            "confirmed_by_supervisor": complaint.triage.is_confirmed,
            "provisions": [one.law for one in complaint.offences],
        },
        "consent": {
            "version": complaint.consent.version,
            "share_nccia": complaint.consent.items[ConsentItem.SHARE_NCCIA],
            "given_at": ours["consent"]["given_at"],
            "language": ours["consent"]["language"],
            "method": ours["consent"]["method"],
        },
        "declaration": {
            "declared_true": complaint.declaration.declared,
            "declared_at": ours["declaration"]["at"],
        },
    }


def _complainant(ours: dict[str, Any]) -> dict[str, Any]:
    return {
        "full_name": ours["name"],
        "cnic": ours["cnic"],
        "no_cnic_reason": ours["no_cnic_reason"],
        "gender": ours["gender"],
        "mobile": ours["phone"],
        "city": ours["city"],
        "province": ours["province"],
    }


def _victim(complaint: Complaint) -> dict[str, Any]:
    relation = complaint.complainant.relationship_to_victim
    victim = complaint.victim
    return {
        "is_complainant": relation == "self",
        "age_band": victim.age_band and victim.age_band.value,
        "is_minor": victim.is_minor,
        "relation": None if relation == "self" else str(relation),
        "agrees": victim.agrees and victim.agrees.value,
    }


def _adult(ours: dict[str, Any] | None) -> dict[str, Any] | None:
    if ours is None:
        return None
    return {"name": ours["name"], "relation": ours["relation"], "phone": ours["phone"]}


def _incident(ours: dict[str, Any]) -> dict[str, Any]:
    incident = ours["incident"]
    return {
        "form_codes": incident["form_codes"],
        "category": categories()[incident["form_codes"][0]],
        "platforms": incident["platforms"],
        "since": incident["first_occurred_on"],
        "since_precision": incident["date_precision"],
        "summary": incident["summary_2000"],
        "narrative": incident["narrative_original"],
        "content_urls": incident["content_urls"],
        "account_handles": incident["account_handles"],
        "suspects": [
            {
                "known_status": one["known_status"],
                "text": one["description"],
                "handles": one["handles"],
                "phones": one["phones"],
            }
            for one in ours["suspects"]
        ],
    }


def _evidence(ours: dict[str, Any]) -> dict[str, Any]:
    names = ("evidence_id", "kind", "description", "sha256", "hashed_where")
    flags = ("contains_intimate", "involves_minor")
    return {name: ours[name] for name in (*names, *flags)}
