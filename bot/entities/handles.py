"""Names of accounts, and the platform they are on when it is named near."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.entities import patterns
from bot.entities.found import Found
from bot.entities.tokens import Token
from bot.entities.words import Words

# In characters, to either side: about the length of "uski instagram id yeh hai".
_NEAR_PLATFORM: Final = 40
_NEAR_WORD: Final = 30


def handles(
    text: str, kept: Sequence[Found], read: Sequence[Token], listed: Words
) -> Iterator[Found]:
    """Yield handles outside of what was already found.

    Without @ a name counts only beside a word such as "id" or a platform.
    """
    introduced = [token for token in read if token.key in listed.cue("account")]
    closed = [one for one in kept if one.entity not in {"time", "relation", "city", "platform"}]
    for handle, start, end in patterns.at_handles(text):
        yield _handle(handle, start, end, kept)
    for handle, start, end in patterns.bare_handles(text):
        if any(one.start < end and start < one.end for one in closed):
            continue
        beside = any(0 <= start - token.end <= _NEAR_WORD for token in introduced)
        if beside or ("_" in handle and _platform(start, end, kept)):
            yield _handle(handle, start, end, kept)


def _handle(handle: str, start: int, end: int, kept: Sequence[Found]) -> Found:
    platform = _platform(start, end, kept)
    return Found("handle", handle, start, end, (("platform", platform),) if platform else ())


def _platform(start: int, end: int, kept: Sequence[Found]) -> str | None:
    """Return the nearest platform within reach, named or linked to."""
    near = []
    for one in kept:
        named = one.value if one.entity == "platform" else dict(one.more).get("platform")
        distance = max(one.start - end, start - one.end)
        if named and distance <= _NEAR_PLATFORM:
            near.append((distance, named))
    return min(near)[1] if near else None
