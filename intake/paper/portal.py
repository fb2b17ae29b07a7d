"""The text that she copies into the form of the official portal."""

from __future__ import annotations

from intake.schema import Draft, summary_of


def portal_text(draft: Draft) -> str:
    """What happened in her own words, cut to 2,000 characters at a sentence; never rewritten.

    The summary that she approved stands, while her story still has it. Empty without a story.
    """
    if not draft.story:
        return ""
    if draft.summary and draft.summary in draft.story:
        return draft.summary
    return summary_of(draft.story)
