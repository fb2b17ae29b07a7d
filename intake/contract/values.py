"""The lists of the contract (domain-facts 4.3 and 1A), as the intake knows them.

They stand here a second time on purpose: our own schema may grow before the agency's does,
and `wire` is where the two meet. A test holds ours within these.
"""

from __future__ import annotations

from typing import Literal

FormCode = Literal[
    "image_abuse",
    "image_threat",
    "deepfake",
    "doxxing",
    "harassment",
    "stalking",
    "hate_speech",
    "impersonation",
    "account_takeover",
    "defamation",
    "extortion_money",
    "workplace",
    "honour_threat",
    "sexual_assault",
    "child_grooming",
    "child_csam",
    "child_sextortion",
    "child_exploitation",
    "child_abduction_risk",
    "cyberbullying_child",
]
Category = Literal[
    "harassment",
    "blackmail",
    "private_images",
    "fake_profile",
    "hacking",
    "defamation",
    "hate_speech",
    "fraud",
    "child_abuse",
    "other",
]
"""What the form calls "crime category". No official list was found (domain-facts 4.1): these
are ours until the live one is known; `categories.toml` maps to them."""
Platform = Literal[
    "whatsapp",
    "facebook",
    "instagram",
    "threads",
    "tiktok",
    "x",
    "youtube",
    "snapchat",
    "telegram",
    "messenger",
    "imo",
    "discord",
    "game_chat",
    "dating_app",
    "loan_app",
    "email",
    "sms_call",
    "website",
    "dark_web",
    "other",
]
Province = Literal[
    "punjab",
    "sindh",
    "khyber_pakhtunkhwa",
    "balochistan",
    "islamabad",
    "azad_jammu_kashmir",
    "gilgit_baltistan",
    "abroad",
    "unknown",
]
EvidenceKind = Literal[
    "screenshot",
    "chat_export",
    "url",
    "audio",
    "call_log",
    "email_headers",
    "payment_record",
    "device_list",
    "document",
    "medical_paper",
    "statement",
]
Gender = Literal[
    "woman",
    "man",
    "transgender_woman",
    "transgender_man",
    "khwaja_sira",
    "intersex",
    "self_described",
    "declined",
]
NoCnicReason = Literal["minor", "never_issued", "held_by_family", "foreign", "declined"]
AgeBand = Literal["under_13", "13_15", "16_17", "18_24", "25_plus"]
Tier = Literal["critical", "high", "medium", "standard"]
Language = Literal["ur", "ps", "sd", "pa", "bal", "en"]
Precision = Literal["exact", "month", "year", "unsure"]
Relation = Literal["relative", "friend", "other"]
KnownStatus = Literal["known", "partly", "unknown"]
Channel = Literal["call", "message", "none"]
State = Literal["received", "verification", "investigation", "closed", "rejected"]
"""What becomes of a complaint. None of them is an FIR."""
