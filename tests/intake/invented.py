"""Invented complaints for tests of the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from intake.contract.models import FiledComplaint
from intake.contract.wire import to_wire
from intake.schema import Complaint, ConsentItem, Draft, complaint_of

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
KEY = "invented-key-0001"


def draft(**changes: Any) -> Draft:
    """A whole draft, in Roman Urdu and about nobody."""
    values: dict[str, Any] = {
        "for_whom": "self",
        "age_band": "18_24",
        "form_code": "image_threat",
        "platform": "whatsapp",
        "since": "2026-11-01",
        "since_precision": "exact",
        "story": "Ek shakhs tasveeren phailane ki dhamki deta hai.",
        "name": "Invented Person",
        "cnic": "00000-0000001-1",
        "gender": "woman",
        "phone": "+923000000001",
        "city": "Sukkur",
        "province": "sindh",
        "contact": "message",
        "contact_note": "after ten",
        "urls": ["https://example.org/post/1"],
        "handles": ["@invented"],
        "suspect_phones": ["+923000000002"],
        "evidence": [
            {
                "evidence_id": "invented-1",
                "kind": "screenshot",
                "description": "the threat",
                "sha256": "a" * 64,
                "hashed_where": "survivor_device",
            }
        ],
        "consents": {ConsentItem.SHARE_NCCIA: True},
        "consent_given_at": NOW,
        "declared_at": NOW,
        "language": "ur",
        "script": "latin",
        "channel": "web",
        "suicide_risk": 2,
        "codes": ["T7"],
    }
    return Draft(**(values | changes))


def complaint(*, reference: str = "TF-2026-INVENTED", key: str = KEY, **changes: Any) -> Complaint:
    """A complaint that can be filed."""
    return complaint_of(draft(**changes), reference=reference, key=key, now=NOW)


def wire(**changes: Any) -> FiledComplaint:
    """The same in the contract's shape."""
    return to_wire(complaint(**changes))
