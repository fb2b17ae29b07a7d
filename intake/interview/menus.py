"""Which menu of `bot/menus.yml` stands below what the complaint says."""

from __future__ import annotations

from typing import Final

_CHOICES: Final = (
    "for_whom",
    "relation",
    "agrees",
    "adult",
    "story_known",
    "story",
    "what",
    "suspect",
    "no_cnic",
    "gender",
    "contact",
    "visit",
)
# Answered in words; skip, why and later stand below.
_TYPED: Final = (
    "age",
    "adult_name",
    "adult_phone",
    "platform",
    "when",
    "links",
    "suspect_who",
    "name",
    "cnic",
    "phone",
    "city",
    "evidence",
)
_STEPS: Final = ("start", "resume", "preview", "line", "required", "consent", "declare", "later")
_STATES: Final = ("received", "verification", "investigation", "closed")

MENU_OF: Final = {
    **{f"complaint.ask.{name}": f"complaint_{name}" for name in _CHOICES},
    **{f"complaint.ask.{name}": "complaint_typed" for name in _TYPED},
    **{f"complaint.{name}": f"complaint_{name}" for name in _STEPS},
    **{f"status.{name}": "complaint_status" for name in _STATES},
    "complaint.story_more": "complaint_story",
    "complaint.evidence_child": "complaint_typed",
    "complaint.adult_no": "complaint_adult_no",
    "status.draft": "complaint_resume",
}
"""By key."""
