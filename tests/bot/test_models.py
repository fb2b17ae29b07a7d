"""The small models: deterministic, kept without pickle, and told apart by what they must."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from amaan.text import LexicalRisk, screen
from bot.components.fusion import Fusion, log_odds
from bot.components.landmarks import Landmarks
from bot.components.language_model import OTHER, LanguageModel
from bot.components.linear import LinearHead
from bot.components.ngrams import NgramVectoriser
from bot.components.risk_model import Thresholds, decide
from bot.errors import ConfigurationError
from bot.lines import is_development, read_lines
from bot.settings import TRAINING_LINES
from tests.bot.talking import on_loop

TEXTS = ["mujhe madad chahiye", "مجھے مدد چاہیے", "ਮੈਨੂੰ ਮਦਦ ਚਾਹੀਦੀ", "help me please", "madad karo"]


def test_ngrams_survive_their_state() -> None:
    fitted = NgramVectoriser.fit(TEXTS, min_count=1)
    again = NgramVectoriser.from_state(fitted.state())
    difference = (fitted.transform(TEXTS) - again.transform(TEXTS)).toarray()
    assert float(np.abs(difference).max()) < 1e-4


def test_heads_survive_a_file_without_pickle() -> None:
    rows = np.eye(6, dtype=np.float32)
    for labels in (list("aabbab"), list("abcabc")):
        head = LinearHead.fit(rows, labels, 10.0, 7)
        file = io.BytesIO()
        np.savez(file, **head.arrays("x"))
        file.seek(0)
        again = LinearHead.from_arrays(np.load(file, allow_pickle=False), "x")
        found = again.probabilities(rows)
        assert np.allclose(found, head.probabilities(rows), atol=1e-2)
        assert np.allclose(found.sum(axis=1), 1)
        assert [head.classes[i] for i in found.argmax(axis=1)] == labels


def test_scripts_are_never_confused() -> None:
    model = LanguageModel.fit(TEXTS[:4], ["ur-Latn", "ur-Arab", "pa-Guru", "en-Latn"])
    assert model.ranking("ਮਦਦ")[0][0] == "pa-Guru"
    assert model.ranking("مدد")[0][0] == "ur-Arab"
    assert model.ranking("123 😀") == []


@pytest.mark.parametrize(
    ("danger", "share", "lexical", "level"),
    [
        (0.9, 0.9, "none", "critical"),
        (0.9, 0.1, "none", "elevated"),
        (0.6, 0.9, "none", "elevated"),
        (0.6, 0.9, "critical", "critical"),
        (0.1, 0.9, "none", "none"),
        (0.1, 0.9, "critical", "elevated"),
        (0.01, 0.9, "critical", "none"),
        (0.1, 0.9, "elevated", "none"),
    ],
)
def test_both_voices_decide(danger: float, share: float, lexical: str, level: str) -> None:
    heard = LexicalRisk(lexical, None, 0.0, (), "self")  # type: ignore[arg-type]  # by name
    thresholds = Thresholds(alarm=0.5, sure=0.7, critical=0.5, lexical_critical=0.05)
    assert decide(danger, share, heard, thresholds) == level


def test_no_model_overrules_a_plain_threat_to_her_life() -> None:
    thresholds = Thresholds(alarm=0.5, sure=0.7, critical=0.5, lexical_critical=0.05)

    def asked(text: str) -> str:
        return decide(0.001, 0.9, screen(text), thresholds)

    assert asked("bhai mujhe maar dega, account band karo") == "elevated"
    assert asked("he will kill me, please close the fb account") == "elevated"
    assert asked("mom will kill me lol") == "none"
    assert asked("what is the law if he says he will kill me") == "none"


def test_the_split_does_not_hang_on_spacing() -> None:
    assert is_development("A  b") == is_development(" a B ")


def test_training_lines_are_well_formed() -> None:
    lines = read_lines(TRAINING_LINES)
    assert len({line.variant for line in lines}) == 12
    assert len({line.intent for line in lines}) == 36 - 1


def test_a_malformed_file_is_named_and_its_text_is_not(tmp_path: object) -> None:
    folder = tmp_path / "ur-Latn"  # type: ignore[operator]  # a Path
    folder.mkdir()
    header = "intent\tlevel\tkind\twho\tform\tstyle\ttext\n"
    (folder / "risk.tsv").write_text(header + "greet\twrong\t-\tself\t-\t-\tZQX words\n")
    with pytest.raises(ConfigurationError) as error:
        read_lines(tmp_path)  # type: ignore[arg-type]  # a Path
    assert "ur-Latn/risk.tsv:2" in str(error.value)
    assert "ZQX" not in str(error.value)


def test_a_fusion_learns_what_a_voice_is_worth() -> None:
    rows = np.asarray([[4.0, 0.1], [-3.0, 0.2], [3.0, -0.1], [-4.0, -0.2]] * 20)
    truth = rows[:, 0] > 0
    fusion = Fusion.fit(rows, truth)
    file = io.BytesIO()
    np.savez(file, **fusion.arrays("x"))
    file.seek(0)
    again = Fusion.from_arrays(np.load(file, allow_pickle=False), "x")
    assert ((again.probabilities(rows) > 0.5) == truth).all()
    assert abs(fusion.weights[0]) > abs(fusion.weights[1])


def test_what_is_unlike_every_known_line_is_near_none() -> None:
    known = np.eye(8, dtype=np.float32)[[0, 1, 2, 2]]
    landmarks = Landmarks.fit(known, 7)
    # Equal lines are one landmark.
    assert len(landmarks.vectors) == 3
    far, near = landmarks.row(np.eye(8, dtype=np.float32)[[7, 2]])
    assert far.max() < 0.001
    assert near.max() == pytest.approx(0.5)
    assert np.sort(near)[-2] < 0.001
    kept = io.BytesIO()
    np.savez(kept, **landmarks.arrays())
    kept.seek(0)
    again = Landmarks.from_arrays(np.load(kept, allow_pickle=False))
    assert np.allclose(again.row(known), landmarks.row(known), atol=0.01)


def test_certainty_is_bounded() -> None:
    assert np.isfinite(log_odds(np.asarray([0.0, 1.0]))).all()


def test_a_neighbour_language_is_none_of_ours() -> None:
    lines = [
        (text, "ur-Arab") for text in ("یہ کتاب اچھی ہے", "وہ گھر جا رہا ہے", "مجھے مدد چاہیے")
    ]
    lines += [
        (text, "fa-Arab") for text in ("این کتاب خوب است", "او به خانه می‌رود", "من کمک می‌خواهم")
    ]
    model = LanguageModel.fit([text for text, _ in lines] * 3, [tag for _, tag in lines] * 3)
    ranking = model.ranking("من این کتاب را می‌خواهم و او خوب است")
    assert ranking[0][0] == OTHER
    assert sum(chance for _, chance in ranking) == pytest.approx(1)
    assert model.ranking("وہ گھر جا رہا ہے")[0][0] == "ur-Arab"


@on_loop
async def test_every_script_is_read_before_anybody_is_let_in(
    agent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amaan.text import script_of
    from bot import loading

    read: list[str | None] = []

    async def reading(_agent: Any, text: str, _before: list[str]) -> None:
        read.append(script_of(text))

    monkeypatch.setattr(loading, "assess", reading)
    await loading.warm(agent)
    assert set(read) == {"Latn", "Arab", "Guru"}
