"""What a trainer's change may not bring in is named by its place, and its text is not."""

from __future__ import annotations

from bot.check_lines import Row, problems_of
from bot.line_twins import twins
from bot.lines import Line

LONG = "woh mujhe roz raat ko message karta hai aur dhamki deta hai"


def row(text: str, number: int = 2, side: str = "train", **more: str) -> Row:
    """A row of Roman Urdu that is right but for what is said."""
    values = {
        "variant": "ur-Latn", "part": "intents", "intent": "report_harassment", "level": "none",
        "kind": "-", "who": "self", "form": "-", "style": "direct",
    } | more  # fmt: skip
    return Row(side, number, Line(text=text, **values))


def problems(*rows: Row) -> list[str]:
    """What is wrong, without the places."""
    return [found.partition(": ")[2] for found in problems_of(rows)]


def test_a_right_line_is_no_problem() -> None:
    assert problems(row(LONG)) == []


def test_labels_outside_the_contract_are_named() -> None:
    assert problems(row(LONG, intent="report_rain")) == ["unknown intent"]
    assert "level and kind do not fit" in problems(row(LONG, level="critical"))
    assert "kind and intent do not fit" in problems(
        row(LONG, part="risk", level="critical", kind="harm", intent="suicide_risk")
    )
    assert problems(row(LONG, part="risk")) == ["stands in the wrong file"]
    assert problems(row(LONG, who="me")) == ["unknown who, form or style"]


def test_wrong_script_is_named_and_english_words_are_not() -> None:
    assert problems(row("وہ مجھے روز میسج کرتا ہے")) == ["wrong script"]
    assert problems(row("ok 👍")) == []
    assert problems(row("complaint status څنګه چیک کوم", variant="ps-Arab")) == []


def test_what_could_be_somebodys_is_named() -> None:
    named = ["a number or address that could be somebody's"]
    assert problems(row("uska number 0321 7654 983 hai bas")) == named
    assert problems(row("likho someone@mail.com par mujhe")) == named
    assert problems(row("uska number 0300 0000012 hai bas")) == []


def test_a_test_line_from_training_leaks() -> None:
    found = [*problems_of([row(LONG), row(LONG + " na", 9, "test")])]
    assert found == ["test/ur-Latn/intents.tsv:9: leaks from train/ur-Latn/intents.tsv:2"]
    assert LONG not in found[0]


def test_a_pattern_filled_three_times_is_named() -> None:
    words = ("behen", "khala", "dost")
    filled = [
        row(f"meri {word} ko kal subah usne phone kiya tha", n) for n, word in enumerate(words)
    ]
    assert [p for p in problems(*filled) if "pattern" in p] == ["one of 3 lines of one pattern"]


def test_twins_are_found_by_letters_in_common() -> None:
    assert list(twins([LONG, "kuch aur hi baat hai yeh", LONG.replace("roz", "rooz")], 0.8)) == [
        (0, 2)
    ]
    assert list(twins(["", "ab"], 0.5)) == []
