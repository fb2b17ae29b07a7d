"""Everything found in one text: the road that the Rasa component takes."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from amaan.text.normalise import MAX_CHARACTERS, digits
from bot.entities import patterns, quantities, times
from bot.entities.found import Found, longest
from bot.entities.handles import handles
from bot.entities.pipeline import Pipeline
from bot.entities.tokens import NUMBER, Token, tokens
from bot.entities.words import ANY, LANGUAGES, Words, words

_CARD_REACH: Final = 5
_PHONE_REACH: Final = 5
_PART_REACH: Final = 3
_AGES: Final = frozenset({"age", "i_am"})
_DATED: Final = frozenset({"day_month", "month_day", "month_year", "day"})


class Extractor:
    """Finds entities; safe for any text, and keeps nothing of it."""

    def __init__(self) -> None:
        self._pipelines = {
            language: Pipeline(language, words(language)) for language in (*LANGUAGES, ANY)
        }

    def find(self, text: str, language: str | None = None) -> list[Found]:
        """Return what is found, in order of place, overlaps resolved for the longest.

        `text` should have passed `amaan.text.normalise`; what lies beyond its limit is
        not read. `language` is one of the six, anything else means not known.
        """
        # Each digit becomes one digit, so places in the text stay what they are.
        readable = digits(text[:MAX_CHARACTERS])
        read = tokens(readable)
        pipeline = self._pipelines.get(language or ANY, self._pipelines[ANY])
        named, combined = self._by_words(readable, read, pipeline)
        found = [*_by_form(readable, read, pipeline.words), *named, *combined]
        found += quantities.money(read, pipeline.words)
        kept = longest(found)
        return longest([*kept, *handles(readable, kept, read, pipeline.words)])

    def _by_words(
        self, text: str, read: list[Token], pipeline: Pipeline
    ) -> tuple[list[Found], list[Found]]:
        if not read:
            return [], []
        doc = pipeline.read(read)
        named = list(_weak(read, pipeline.words))
        parts: list[tuple[int, str]] = []
        for span in doc.ents:
            start, end = read[span.start].start, read[span.end - 1].end
            if _is_glued(text, start, end):
                continue
            value: Any = span.ent_id_
            if span.label_ == "time":
                parts.append((span.start, value))
                if value == times.EITHER_DAY:
                    value = times.which_day(read, span.end - 1, pipeline.words)
            named.append(_named(span.label_, value, start, end, pipeline.words))
        combined = (
            _combined(name, read, first, last, pipeline.words, parts)
            for name, first, last in pipeline.combinations(doc)
        )
        return named, [one for one in combined if one]


@lru_cache(maxsize=1)
def extractor() -> Extractor:
    """Return the one extractor of the process; reading its lists takes a second."""
    return Extractor()


def _by_form(text: str, read: list[Token], listed: Words) -> Iterator[Found]:
    """Yield what regular expressions find."""
    yield from patterns.cards(text, _windows(read, listed.cue("card"), _CARD_REACH))
    yield from patterns.phones(text, _windows(read, listed.cue("phone"), _PHONE_REACH))
    yield from patterns.links(text)
    yield from patterns.emails(text)
    yield from patterns.dates(text)
    yield from times.hours(text)


def _named(entity: str, value: str, start: int, end: int, listed: Words) -> Found:
    province = listed.provinces.get(value) if entity == "city" else None
    return Found(entity, value, start, end, (("province", province),) if province else ())


def _combined(
    name: str,
    read: list[Token],
    start: int,
    end: int,
    listed: Words,
    parts: list[tuple[int, str]],
) -> Found | None:
    """Return what one combination of the Matcher means, or None for nothing."""
    if name in _AGES:
        return quantities.age(read, start, end, listed, direct=name == "i_am")
    if name in _DATED:
        return times.dated(name, read, start, end, listed)
    if name == "ago":
        return times.ago(read, start, end, listed)
    near = [
        (min(abs(place - start), abs(place - end)), part)
        for place, part in parts
        if start - _PART_REACH <= place <= end + 1
    ]
    return times.hour(read, start, end, listed, min(near)[1] if near else None)


def _weak(read: list[Token], listed: Words) -> Iterator[Found]:
    """Yield names that are also other words, where a cue stands beside them."""
    for position, token in enumerate(read):
        entity, value = listed.weak.get(token.key, ("", ""))
        if not entity:
            continue
        before = read[position - 1].key if position else ""
        after = [one.key for one in read[position + 1 : position + 3]]
        second = " ".join(after)
        if (
            before in listed.cue(f"{entity}_before")
            or (after and after[0] in listed.cue(f"{entity}_after"))
            or second in listed.cue(f"{entity}_after")
        ):
            yield _named(entity, value, token.start, token.end, listed)


def _windows(read: list[Token], cues: set[str], reach: int) -> list[tuple[int, int]]:
    """Return the stretches of text around each cue, in characters."""
    return [
        (read[max(0, i - reach)].start, read[min(len(read) - 1, i + reach)].end)
        for i, token in enumerate(read)
        if token.key in cues and token.key != NUMBER
    ]


def _is_glued(text: str, start: int, end: int) -> bool:
    """Tell whether a name is part of something longer, as in insta2024 or @lahore."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return before in {"_", "@"} or after == "_" or before.isdigit() or after.isdigit()
