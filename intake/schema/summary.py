"""The summary that the agency's form has room for: the beginning of her own words."""

from __future__ import annotations

import re
from typing import Final

from intake.schema.base import MAX_SUMMARY

# Full stops and question marks of all our scripts, and ends of lines.
_END: Final = re.compile(r"[.!?۔؟।]+(?=\s|$)|\n")


def summary_of(story: str, limit: int = MAX_SUMMARY) -> str:
    """The story up to the last sentence that ends within `limit` characters; never rewritten.

    Without such an end it is cut between two words, and without these anywhere.
    """
    story = story.strip()
    if len(story) <= limit:
        return story
    # One sign further, so that an end exactly at the limit sees the space behind it.
    ends = [found.end() for found in _END.finditer(story[: limit + 1]) if found.end() <= limit]
    if ends and story[: ends[-1]].strip():
        return story[: ends[-1]].rstrip()
    gap = re.search(r"\s\S*$", story[: limit + 1])
    return story[: gap.start() if gap and gap.start() else limit].rstrip()
