"""The bench's own arithmetic and texts; nothing is measured here and no model is loaded."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import child, hostile
from bench.__main__ import main
from bench.figures import BenchError, Figure, percentile, table
from bench.measures import PARSE_LINES, check_parsed, compared, ratios
from bench.processes import run
from bench.sample import pick
from bench.stock import write_project
from bot.lines import Line, read_lines
from tests.bot.talking import on_loop


def _line(text: str, intent: str = "greet", level: str = "none") -> Line:
    return Line("en-Latn", "intents", intent, level, "-", "self", "-", "-", text)


@pytest.mark.parametrize(
    ("per_cent", "expected"), [(0, 1), (1, 1), (50, 50), (50.5, 51), (99, 99), (100, 100)]
)
def test_percentile_is_a_value_that_was_measured(per_cent: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), per_cent) == expected


def test_percentile_of_few_and_none() -> None:
    assert percentile([7.0], 50) == percentile([7.0], 99) == 7.0
    assert percentile([1.0, 9.0], 99) == 9.0
    with pytest.raises(BenchError):
        percentile([], 50)


@pytest.mark.parametrize(
    ("value", "bar", "holds"), [(30.0, 30, True), (30.1, 30, False), (5.0, None, None)]
)
def test_a_line_is_the_contract_of_the_design(
    value: float, bar: float | None, holds: bool | None
) -> None:
    row = json.loads(Figure("screening_p50", value, "ms", bar, "a note").line())
    assert row == {
        "bench": "screening_p50", "value": value, "unit": "ms", "bar": bar, "holds": holds,
    }  # fmt: skip


def test_the_table_names_a_missed_bar() -> None:
    rows = table([Figure("a", 1.5, "ms", 1), Figure("longer", 0.25, "s", 1), Figure("c", 3, "MB")])
    heading, first, second, third = rows.splitlines()
    assert heading.split() == ["measure", "value", "unit", "bar"]
    assert first.split() == ["a", "1.5", "ms", "<=", "1", "MISSED"]
    assert second.split() == ["longer", "0.25", "s", "<=", "1", "holds"]
    assert third.split() == ["c", "3", "MB"]


def test_hostile_texts_are_full_and_the_same_each_time() -> None:
    texts = hostile.texts()
    assert len(texts) > 40
    assert {len(text) for text in texts.values()} == {hostile.LENGTH}
    assert len(set(texts.values())) == len(texts)
    assert texts == hostile.texts()


def test_hostile_texts_are_what_they_say() -> None:
    texts = hostile.texts()
    assert len(set(hostile.LANGUAGES)) == 50
    assert all(word in texts["50 languages"] for word in hostile.LANGUAGES)
    assert set(texts["one letter"]) == {"a"}
    assert texts["digits"].isdecimal()
    assert texts["Eastern digits"].isdecimal()
    assert "\u202e" in texts["right-to-left overrides"]
    assert not any(sign.isalpha() for sign in texts["many emoji"])
    assert " " not in texts["one Arabic word"]
    assert texts["one Arabic word"].isalpha()
    assert any(0xDC80 <= ord(sign) <= 0xDCFF for sign in texts["bytes as lone surrogates"])
    words = texts["no word twice"].split()
    assert max(map(len, words)) <= 9


def test_the_sample_does_not_depend_on_order() -> None:
    lines = [_line(str(number)) for number in range(100)]
    chosen = pick(lines, 10)
    assert chosen == pick(lines[::-1], 10)
    assert len(chosen) == 10
    assert len(set(pick([*lines, _line("new")], 10)) & set(chosen)) >= 9
    assert len(pick(lines, 1000)) == 100


def test_the_sample_is_there() -> None:
    lines, every = child.sample(), read_lines(child.TEST_LINES)
    assert len(lines) == child.SAMPLE
    assert {line.variant for line in lines} == {line.variant for line in every}
    assert len(every) >= PARSE_LINES


@on_loop
async def test_both_are_asked_in_turn_and_the_first_changes() -> None:
    asked: list[str] = []

    async def first(text: str) -> dict[str, Any]:
        asked.append(f"first {text}")
        return {"intent": "greet"}

    async def second(text: str) -> dict[str, Any]:
        asked.append(f"second {text}")
        return {"intent": "deny"}

    ours, stock = await child.in_turn(first, second, [_line("1"), _line("2")])
    assert asked[-4:] == ["first 1", "second 1", "second 2", "first 2"]
    assert [intent for _, intent in ours] == ["greet", "greet"]
    assert [intent for _, intent in stock] == ["deny", "deny"]
    assert len(await child.screening(first, [_line("1"), _line("2")])) == 2


@on_loop
async def test_the_worst_kind_is_named() -> None:
    async def parse(text: str) -> dict[str, Any]:
        return {}

    readings = await child.worst(parse, {"a": "1", "b": "2"})
    assert {kind: len(spent) for kind, spent in readings.items()} == {"a": 5, "b": 5}
    assert child.summary({"pause": [1, 1, 90], "slow": [20, 20, 20]}) == {
        "worst": 90, "worst_kind": "pause", "median": 20, "median_kind": "slow",
    }  # fmt: skip


def test_comparison_counts_danger_apart() -> None:
    found = {
        "lines": [["greet", False], ["suicide_risk", True]],
        "ours": [[10.0, "greet"], [20.0, "greet"]],
        "stock": [[5.0, "deny"], [8.0, "suicide_risk"]],
    }
    values = {figure.name: figure.value for figure in compared(found)}
    assert (values["ours_intent"], values["ours_intent_all"]) == (100, 50)
    assert (values["stock_intent"], values["stock_intent_all"]) == (0, 50)
    assert (values["ours_p50"], values["stock_p99"]) == (10, 8)
    assert {figure.name: figure.value for figure in ratios(compared(found))} == {
        "ratio_p50": 2, "ratio_p99": 2.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ['{"id": 0}\n', '{"id": 1}\n{"id": 0}\n', '{"id": 0}\n{"id": 1, "error": "not JSON"}\n'],
)
def test_throughput_counts_only_when_every_line_was_read(written: str) -> None:
    check_parsed('{"id": 0}\n{"id": 1}\n', 2)
    with pytest.raises(BenchError):
        check_parsed(written, 2)


def test_the_stock_project_keeps_brackets_in_a_line(tmp_path: Path) -> None:
    write_project(tmp_path, [_line("see [this](there) “now” \\n")], 3)
    data = json.loads((tmp_path / "nlu.json").read_text(encoding="utf-8"))
    assert data["rasa_nlu_data"]["common_examples"] == [
        {"text": "see [this](there) “now” \\n", "intent": "greet"}
    ]
    assert "epochs: 3\n" in (tmp_path / "config.yml").read_text()


def test_a_child_is_measured_and_a_failing_one_is_told(tmp_path: Path) -> None:
    log, target = tmp_path / "log", tmp_path / "target"
    code = "import time; kept = b'x' * 60_000_000; time.sleep(0.2); print('done')"
    ran = run([sys.executable, "-c", code], cwd=tmp_path, log=log, target=target)
    assert target.read_text() == "done\n"
    assert 0.2 <= ran.seconds < 30
    assert ran.peak_mb >= 60
    with pytest.raises(BenchError, match="status 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"], cwd=tmp_path, log=log)
    with pytest.raises(BenchError, match="not done"):
        run(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            cwd=tmp_path, log=log, limit_seconds=0.2,
        )  # fmt: skip


def test_epochs_must_be_a_number_above_0(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--epochs", "0"])
    assert "above 0" in capsys.readouterr().err
