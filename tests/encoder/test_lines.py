"""The development split and the reader stand still, whatever grows around them."""

from pathlib import Path

import pytest

from bot.encoder.build.lines import LineFileError, is_development, read_lines, split

ROOT = Path(__file__).resolve().parents[2]
HEADER = "intent\tlevel\tkind\twho\tform\tstyle\ttext\n"


def write(folder: Path, rows: str, header: str = HEADER) -> Path:
    target = folder / "ur-Latn" / "risk.tsv"
    target.parent.mkdir(parents=True)
    target.write_text(header + rows, encoding="utf-8")
    return folder


def test_reads_a_line_with_its_labels(tmp_path: Path) -> None:
    row = 'suicide_risk\tcritical\tsuicide\tself\tf\tdirect\tmujhe "marna" hai\n'
    (line,) = read_lines(write(tmp_path, row))
    assert (line.variant, line.script, line.part) == ("ur-Latn", "Latn", "risk")
    assert (line.intent, line.level, line.kind) == ("suicide_risk", "critical", "suicide")
    assert line.text == 'mujhe "marna" hai'
    assert line.is_risk


def test_doubles_within_a_variant_are_read_once(tmp_path: Path) -> None:
    row = "greet\tnone\t-\tself\t-\tshort\t{}\n"
    lines = read_lines(write(tmp_path, row.format("Salam ji") + row.format("salam  JI")))
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ("greet\tnone\t-\tself\t-\tshort\tsalam\textra\n", HEADER),
        ("greet\tnone\t-\tself\t-\tsalam\n", HEADER),
        ("greet\thigh\t-\tself\t-\tshort\tsalam\n", HEADER),
        ("greet\tnone\tboth\tself\t-\tshort\tsalam\n", HEADER),
        ("greet\tnone\t-\tself\t-\tshort\tsalam\n", "text\tintent\n"),
    ],
)
def test_a_bad_file_is_refused_without_its_text(tmp_path: Path, rows: str, header: str) -> None:
    with pytest.raises(LineFileError) as caught:
        read_lines(write(tmp_path, rows, header))
    assert "salam" not in str(caught.value)
    assert "ur-Latn/risk.tsv" in str(caught.value)


def test_the_side_of_a_text_never_changes() -> None:
    # Values computed once; a change here would mix development lines into training.
    sides = [is_development(text) for text in ("salam", "help me", "kya", "مدد")]
    assert sides == [False, False, True, False]
    assert is_development("Salam  JI") == is_development("salam ji")


def test_the_split_keeps_every_line_and_about_an_eighth_for_development() -> None:
    lines = read_lines(ROOT / "nlu_data" / "train")
    training, development = split(lines)
    assert len(training) + len(development) == len(lines)
    assert 0.09 < len(development) / len(lines) < 0.15
