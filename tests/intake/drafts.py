"""Invented drafts. No person, number or account here exists."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from intake.schema import Complaint, ConsentItem, Draft, complaint_of

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
REFERENCE = "TF-2026-ABCD2345"
KEY = "key-of-an-invented-complaint"


def whole_draft(**changes: Any) -> Draft:
    """A draft that can be filed, of an adult who writes for herself; `changes` on top."""
    fields: dict[str, Any] = {
        "for_whom": "self",
        "age_band": "25_plus",
        "form_code": "image_threat",
        "platform": "whatsapp",
        "since": date(2026, 11, 1),
        "since_precision": "exact",
        "story": "He says that he will send my picture to everybody. He wants money by Friday.",
        "urls": ["https://example.test/profile/1"],
        "handles": ["@invented_one"],
        "suspect_phones": ["+923000000999"],
        "suspect_known": "partly",
        "name": "Invented Person",
        "cnic": "00000-0000001-2",
        "gender": "woman",
        "phone": "+923000000001",
        "city": "Lahore",
        "province": "punjab",
        "contact": "message",
        "evidence": [{"kind": "screenshot", "description": "the threat of Monday"}],
        "consents": {ConsentItem.SHARE_NCCIA: True},
        "consent_given_at": NOW,
        "consent_language": "en",
        "consent_method": "chat",
        "declared_at": NOW,
        "language": "en",
        "script": "latin",
        "channel": "web",
    }
    return Draft.model_validate(fields | changes)


def childs_draft(**changes: Any) -> Draft:
    """A draft of a child who writes herself, with an adult whom she trusts."""
    fields: dict[str, Any] = {
        "age_band": "13_15",
        "cnic": None,
        "adult_safe": True,
        "adult_name": "Invented Aunt",
        "adult_relation": "aunt",
        "adult_phone": "+923000000002",
    }
    return whole_draft(**(fields | changes))


def made(draft: Draft) -> Complaint:
    """The complaint of a draft, at `NOW`."""
    return complaint_of(draft, reference=REFERENCE, key=KEY, now=NOW)
