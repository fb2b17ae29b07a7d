"""The words of the pages of complaints, in English, for supervisors; see `wording`."""

from __future__ import annotations

from handoff.console.wording import RULES
from intake.states import State
from intake.triage import FORM_DEFAULT, RAISING

STATES = {
    State.REVIEW: "Waits for a look at its tier",
    State.QUEUED: "On its way to the agency",
    State.FILED: "The agency has it",
    State.REFUSED: "The agency does not take it",
    State.HELD: "Could not be handed over",
    State.WITHDRAWN: "Taken back by her",
    State.ERASED: "Erased by her",
}
RULE_WORDS = RULES | {
    FORM_DEFAULT: "the usual tier of what was done",
    "honour_risk": "somebody could act in the name of honour",
    "sexual_ads": "shown in sexual advertisements",
}
"""Reason codes of the tier of a complaint (`intake.triage`)."""
CODES = (*(f"T{number}" for number in range(1, 17)), *RAISING)
"""Reason codes that a person can choose."""
AGENCY = {
    "received": "received",
    "verification": "being verified",
    "investigation": "being investigated",
    "closed": "closed by the agency",
    "rejected": "rejected by the agency",
}
FOLLOW_UPS = {
    "asked_agency": "The agency was asked",
    "told_her": "She was told how it stands",
    "no_answer": "She was written to and did not answer",
    "superintendent": "The superintendent of police was written to",
    "court_22a": "The court was asked (section 22-A)",
    "rights_line": "The Ministry of Human Rights was told (1099)",
    "nchr": "The human rights commission was told (NCHR)",
    "operator": "The operator was asked to look",
}
"""What a human did for a complaint; kept in its custody log."""
ACTORS = {
    "person": "she",
    "machine": "the machine",
    "staff": "one of us",
    "agency": "the agency",
}
EVENTS = {
    "draft:begun": "draft begun",
    "draft:kept": "code given to come back",
    "draft:moved": "gone on with elsewhere, by its code",
    "field:set": "line written",
    "field:removed": "line removed",
    "evidence:described": "piece of evidence described",
    "evidence:removed": "piece of evidence removed",
    "consent:given": "she agreed that it is sent",
    "declaration:made": "she declared that it is true",
    "tier:set": "tier set",
    "review:passed": "time for a look over, it left by itself",
    "complaint:queued": "put on its way",
    "complaint:followed_up": "followed up",
    "complaint:exported": "written out",
    "complaint:withdrawn": "taken back",
    "complaint:emptied": "text deleted, its time was over",
    "complaint:erased": "erased",
    "filing:tried": "handing over tried",
    "filing:sent": "taken by the agency",
    "filing:refused": "refused by the agency",
    "filing:held": "given up, a human is needed",
    "agency:state": "news from the agency",
    "person:reminded": "she was reminded",
}
LABELS = {
    "for_whom": "For whom",
    "age": "Age",
    "adult_name": "The adult she trusts",
    "what": "What it is about",
    "platform": "Where",
    "when": "Since when",
    "story": "What happened",
    "links": "Links, accounts, numbers",
    "suspect": "Who it was",
    "name": "Name",
    "cnic": "Identity card",
    "gender": "Gender",
    "phone": "Telephone",
    "city": "City",
    "contact": "How to reach her safely",
    "evidence": "Evidence",
}
"""Beside her own labels, which stand in her language."""


def subject_words(tag: str, subject: str | None) -> str:
    """What an entry of the custody log is about, in words where there are any."""
    tables = {"complaint:followed_up": FOLLOW_UPS, "agency:state": AGENCY}
    return tables.get(tag, {}).get(subject or "", subject or "")
