"""`make check-lines`: what a trainer's change to nlu_data may not bring in.

Reads training and test lines and names by file and row: labels outside the contract, text in
the wrong script, near-duplicates, one sentence pattern used again and again, test lines that
stand in the training lines, and numbers or addresses that could be somebody's. Never prints
a text: logs of a build are read by many.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amaan.text import fold, normalise, script_of
from bot.errors import ConfigurationError
from bot.line_twins import twins
from bot.lines import KINDS, LEVELS, Line, read_rows
from bot.settings import ROOT

INTENTS: Final = frozenset(
    [
        "suicide_risk",
        "imminent_harm",
        "report_image_abuse",
        "report_blackmail",
        "report_harassment",
        "report_impersonation",
        "report_doxxing",
        "report_defamation",
        "report_hacking",
        "report_sexual_assault",
        "report_child_abuse",
        "report_domestic_violence",
        "report_fraud",
        "ask_law",
        "ask_how_to_report",
        "ask_evidence",
        "ask_content_removal",
        "ask_device_safety",
        "ask_safety_plan",
        "ask_referral",
        "ask_anonymity",
        "file_complaint",
        "check_status",
        "request_human",
        "erase_conversation",
        "change_language",
        "stop_messages",
        "greet",
        "affirm",
        "deny",
        "thanks",
        "goodbye",
        "bot_challenge",
        "give_feedback",
        "out_of_scope",
    ]
)
"""design.md 6.4."""

_RISK_INTENTS: Final = {"suicide": "suicide_risk", "harm": "imminent_harm"}
_WHO: Final = frozenset({"self", "other"})
_FORMS: Final = frozenset({"f", "m", "n", "-"})
_STYLE: Final = re.compile(r"[a-z0-9_:-]+(\+[a-z0-9_:-]+)*")
_WORDS_WITHOUT_SCRIPT: Final = 3

# Two lines this much alike are one line with a letter or a short word changed (share of common
# letter groups). A judgement of ours; no study stands behind the number.
ALIKE: Final = 0.8
SHORTEST_COMPARED: Final = 14
# So many lines of one variant may share all their words but one.
PATTERN: Final = 3
_PATTERN_WORDS: Final = 5

_LONG_NUMBER: Final = re.compile(r"\d[\d\s-]{8,}\d")
_INVENTED_NUMBER: Final = re.compile(r"0{5,}|12345|(\d)\1{4,}")
_ADDRESS: Final = re.compile(r"[\w.]+@[\w-]+\.\w{2,}")


@dataclass(frozen=True, slots=True)
class Row:
    """One line and where it stands: `side` is train or test."""

    side: str
    number: int
    line: Line

    @property
    def place(self) -> str:
        """File and row, for people."""
        return f"{self.side}/{self.line.variant}/{self.line.part}.tsv:{self.number}"


def main() -> int:
    """Print one problem a line and return 1 when there is any."""
    try:
        rows = [*rows_of(ROOT / "nlu_data", "train"), *rows_of(ROOT / "nlu_data", "test")]
    except ConfigurationError as error:
        print(f"check-lines: {error}", file=sys.stderr)
        return 1
    problems = list(problems_of(rows))
    for problem in problems:
        print(problem)
    print(f"check-lines: {len(rows)} lines, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


def rows_of(folder: Path, side: str) -> list[Row]:
    """Return the rows of one side. Raises ConfigurationError for a malformed file."""
    return [Row(side, number, line) for number, line in read_rows(folder / side)]


def problems_of(rows: Sequence[Row]) -> Iterator[str]:
    """Yield every problem as `place: what`."""
    for row in rows:
        for what in _wrong_with(row.line):
            yield f"{row.place}: {what}"
    by_variant: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_variant[row.line.variant].append(row)
    for own in by_variant.values():
        yield from _repeated(own)
        yield from _patterns(row for row in own if row.side == "train")


def _wrong_with(line: Line) -> Iterator[str]:
    if line.intent not in INTENTS:
        yield "unknown intent"
    if (line.level == "none") != (line.kind == "-"):
        yield "level and kind do not fit"
    if line.level not in LEVELS or line.kind not in KINDS:
        yield "unknown level or kind"
    if line.is_risk and line.intent != _RISK_INTENTS.get(line.kind):
        yield "kind and intent do not fit"
    if not line.is_risk and line.intent in _RISK_INTENTS.values():
        yield "an intent of danger without danger"
    if (line.part == "risk") != line.is_risk:
        yield "stands in the wrong file"
    if line.who not in _WHO or line.form not in _FORMS or not _STYLE.fullmatch(line.style):
        yield "unknown who, form or style"
    if _is_in_wrong_script(line):
        yield "wrong script"
    if _may_be_somebodys(line.text):
        yield "a number or address that could be somebody's"


def _is_in_wrong_script(line: Line) -> bool:
    # "ok", a number or an emoji is written by everybody, and English words stand in every
    # second line; but one sign at least must be of the variant's own script.
    text = normalise(line.text)
    own = any(line.variant.endswith(script_of(sign) or "?") for sign in text)
    return not own and len(text.split()) > _WORDS_WITHOUT_SCRIPT and script_of(text) is not None


def _may_be_somebodys(text: str) -> bool:
    plain = normalise(text)
    numbers = (found.group() for found in _LONG_NUMBER.finditer(plain))
    squeezed = (re.sub(r"[\s-]", "", number) for number in numbers)
    if any(not _INVENTED_NUMBER.search(number) for number in squeezed):
        return True
    return any(not found.group().endswith(("example.com", "example.org"))
               for found in _ADDRESS.finditer(plain))  # fmt: skip


def _repeated(rows: list[Row]) -> Iterator[str]:
    """Pairs of one variant that are nearly one line; a leak when they stand on both sides."""
    # Short answers ("yes", "thank you") are the same for everybody and belong on both sides.
    kept = [row for row in rows if len(fold(row.line.text)) >= SHORTEST_COMPARED]
    for first, second in twins([fold(row.line.text) for row in kept], ALIKE):
        one, other = kept[first], kept[second]
        what = "leaks from" if one.side != other.side else "nearly repeats"
        yield f"{other.place}: {what} {one.place}"


def _patterns(rows: Iterable[Row]) -> Iterator[str]:
    """Lines that fill one frame: all words but one are the same."""
    frames: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        words = fold(row.line.text).split()
        if len(words) >= _PATTERN_WORDS:
            for gap in range(len(words)):
                frames[(*words[:gap], "*", *words[gap + 1 :])].append(row)
    named: Counter[str] = Counter()
    for found in frames.values():
        if len(found) >= PATTERN and not any(named[row.place] for row in found):
            named.update(row.place for row in found)
            yield f"{found[0].place}: one of {len(found)} lines of one pattern"


if __name__ == "__main__":
    sys.exit(main())
