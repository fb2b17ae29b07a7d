"""How dangerous a message is: encoder, character n-grams and lexical rules, fused.

Each of the two learnt voices answers three questions: the level, and, of risky lines only,
the kind and whom it is about. The encoder's opinion of the intent is heard too: telling a
threat from 33 other things teaches it more than telling it from "none" (development area
0.956 without, 0.961 with it). `Fusion` joins them with what the rules found and with the
variant of language, so that a voice counts for what it is worth there. Thresholds come from
config.yml, where the measurement behind them is written. A third learnt voice hears only how near
a message is to sentences that are known (`landmarks.py`); it answers for the level alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from amaan.text import LexicalRisk, fold, screen
from bot.components.features import gram_row, lexical_row, variant_row, vector_row
from bot.components.fusion import Fusion, log_odds
from bot.components.landmarks import Landmarks
from bot.components.linear import LinearHead
from bot.components.ngrams import NgramVectoriser
from bot.lines import Line

Level = Literal["none", "elevated", "critical"]

VOICES: Final = ("encoder", "grams")
HEADS: Final = ("level", "kind", "who")
INTENT_HEAD: Final = "encoder.intent"
NEAR_HEAD: Final = "near.level"
QUESTIONS: Final = ("danger", "critical", "kind", "who")
_EVEN: Final = 0.5
_TELLING: Final = 3


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an alarm rings.

    `alarm`: least probability of any danger. `sure`: least one at which a message may be
    critical by the model alone; below it the model is unsure, which is elevated (design.md
    6.3). `critical`: least share of "critical" within the danger. `lexical_critical`: least
    probability of danger at which a critical of the rules counts though the model stays
    below `alarm`. All 0 to 1.
    """

    alarm: float
    sure: float
    critical: float
    lexical_critical: float


@dataclass(frozen=True, slots=True)
class RiskFound:
    """The risk of one message, as the contract of `parse` has it."""

    level: Level
    kind: Literal["suicide", "harm"] | None
    score: float
    who: Literal["self", "other"]
    why: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "level": self.level,
            "kind": self.kind,
            "score": round(self.score, 4),
            "who": self.who,
            "why": list(self.why),
        }


class Voices:
    """The learnt voices: linear heads over encoder vectors, n-grams and nearness to landmarks."""

    def __init__(
        self, grams: NgramVectoriser, heads: dict[str, LinearHead], landmarks: Landmarks
    ) -> None:
        self.grams = grams
        self.heads = heads
        self.landmarks = landmarks

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: Any, lines: Sequence[Line], strength: float, seed: int
    ) -> "Voices":
        """Fit on normalised texts, encoder vectors (rows, 384) and the lines' labels."""
        grams = NgramVectoriser.fit(texts)
        rows = {"encoder": vector_row(vectors), "grams": gram_row(grams.transform(texts))}
        risky = np.asarray([line.is_risk for line in lines])
        labels = {
            "level": [line.level for line in lines],
            "kind": [line.kind for line in lines if line.is_risk],
            "who": [line.who for line in lines if line.is_risk],
        }
        heads = {
            f"{voice}.{head}": LinearHead.fit(
                rows[voice] if head == "level" else rows[voice][risky], labels[head], strength, seed
            )
            for voice in VOICES
            for head in HEADS
        }
        intents = [line.intent for line in lines]
        heads[INTENT_HEAD] = LinearHead.fit(rows["encoder"], intents, strength, seed)
        landmarks = Landmarks.fit(vectors, seed)
        near = landmarks.row(vectors)
        heads[NEAR_HEAD] = LinearHead.fit(near, labels["level"], strength, seed)
        return cls(grams, heads, landmarks)

    def heard(self, texts: Sequence[str], vectors: Any) -> dict[str, Any]:
        """Return (lines, voices) log odds for each of `QUESTIONS`."""
        rows = {"encoder": vector_row(vectors), "grams": gram_row(self.grams.transform(texts))}
        columns: dict[str, list[Any]] = {question: [] for question in QUESTIONS}
        levels = [self._chances(f"{voice}.level", rows[voice]) for voice in VOICES]
        for level in (*levels, self._chances(NEAR_HEAD, self.landmarks.row(vectors))):
            columns["danger"].append(log_odds(1 - level["none"]))
            share = level["critical"] / np.maximum(level["critical"] + level["elevated"], 1e-9)
            columns["critical"].append(log_odds(share))
        for voice in VOICES:
            kind = self._chances(f"{voice}.kind", rows[voice])
            columns["kind"].append(log_odds(kind["suicide"]))
            who = self._chances(f"{voice}.who", rows[voice])
            columns["who"].append(log_odds(who["other"]))
        intent = self._chances(INTENT_HEAD, rows["encoder"])
        suicide, harm = intent["suicide_risk"], intent["imminent_harm"]
        columns["danger"].append(log_odds(suicide + harm))
        columns["kind"].append(log_odds(suicide / np.maximum(suicide + harm, 1e-9)))
        return {question: np.stack(found, axis=1) for question, found in columns.items()}

    def telling(self, text: str) -> tuple[str, ...]:
        """Return the folded words of a text that speak loudest for danger, loudest first.

        For the supervisor, who sees them marked in the message.
        """
        head = self.heads["grams.level"]
        rows = self.grams.transform(fold(text).split())
        scores = np.asarray(rows @ head.weights)
        danger = scores.max(axis=1) - scores[:, head.classes.index("none")]
        words = dict(sorted(zip(fold(text).split(), danger.tolist(), strict=True)))
        loudest = sorted(words, key=lambda word: -words[word])
        return tuple(word for word in loudest[:_TELLING] if words[word] > 0)

    def _chances(self, name: str, rows: Any) -> dict[str, Any]:
        head = self.heads[name]
        return dict(zip(head.classes, head.probabilities(rows).T, strict=True))


class RiskModel:
    """A fitted risk classifier; independent of Rasa, so that tuning needs no training run."""

    def __init__(self, voices: Voices, fusions: dict[str, Fusion]) -> None:
        self.voices = voices
        self.fusions = fusions

    @classmethod
    def fit(
        cls, voices: Voices, texts: Sequence[str], vectors: Any, lines: Sequence[Line]
    ) -> "RiskModel":
        """Fit the fusion of `voices` on lines that the voices have not seen."""
        tags = [line.variant for line in lines]
        rows = fused_rows(voices, texts, vectors, tags, [screen(text) for text in texts])
        risky = np.asarray([line.is_risk for line in lines])
        truth = {
            "critical": [line.level == "critical" for line in lines if line.is_risk],
            "kind": [line.kind == "suicide" for line in lines if line.is_risk],
            "who": [line.who == "other" for line in lines if line.is_risk],
        }
        fusions = {"danger": Fusion.fit(rows["danger"], risky)}
        for question, answers in truth.items():
            fusions[question] = Fusion.fit(rows[question][risky], answers)
        return cls(voices, fusions)

    def levels(
        self,
        texts: Sequence[str],
        vectors: Any,
        variants: Sequence[str],
        found: Sequence[LexicalRisk],
    ) -> Any:
        """Return (lines, 2): probability of any danger, and the share of critical within it."""
        rows = fused_rows(self.voices, texts, vectors, variants, found)
        return np.stack([self._answer("danger", rows), self._answer("critical", rows)], axis=1)

    def assess(self, text: str, vector: Any, variant: str, thresholds: Thresholds) -> RiskFound:
        """Return the risk of one normalised text, its encoder vector and its variant."""
        lexical = screen(text)
        rows = fused_rows(
            self.voices, [text], np.asarray(vector).reshape(1, -1), [variant], [lexical]
        )
        danger, share = (float(self._answer(q, rows)[0]) for q in ("danger", "critical"))
        level = decide(danger, share, lexical, thresholds)
        if level == "none":
            return RiskFound("none", None, danger, "self", ())
        suicide, other = (float(self._answer(q, rows)[0]) for q in ("kind", "who"))
        words = tuple(f"word: {word}" for word in self.voices.telling(text))
        figures = f"model: danger {danger:.2f}, critical {share:.2f}"
        why = (figures, *lexical.why, *lexical.beside, *words)
        return RiskFound(
            level,
            "suicide" if suicide >= _EVEN else "harm",
            danger,
            "other" if other >= _EVEN else "self",
            why,
        )

    def _answer(self, question: str, rows: dict[str, Any]) -> Any:
        return self.fusions[question].probabilities(rows[question])


def fused_rows(
    voices: Voices,
    texts: Sequence[str],
    vectors: Any,
    variants: Sequence[str],
    found: Sequence[LexicalRisk],
) -> dict[str, Any]:
    """Return what `Fusion` reads of each line, one matrix a question."""
    rules, tongues = lexical_row(found), variant_row(variants)
    heard = voices.heard(texts, vectors)
    return {question: np.hstack([heard[question], rules, tongues]) for question in QUESTIONS}


# Roles of the word lists that speak of a film, of what is over, of somebody else, or in jest.
_COVERING: Final = frozenset({"frame", "past", "idiom", "negation", "bystander"})
_TOLD: Final = frozenset({"frame", "past", "soft", "bystander"})


def decide(danger: float, share: float, lexical: LexicalRisk, thresholds: Thresholds) -> Level:
    """Return the level from the model and the rules.

    The model hears the rules among its features, so it may overrule them; but where the
    rules say critical and the model is not sure of the opposite, the person is asked.
    """
    if danger >= thresholds.alarm:
        is_sure = danger >= thresholds.sure or lexical.level == "critical"
        return "critical" if is_sure and share >= thresholds.critical else "elevated"
    if lexical.level == "critical" and danger >= thresholds.lexical_critical:
        return "elevated"
    return "elevated" if _says_so_of_herself(lexical) else "none"


def _says_so_of_herself(lexical: LexicalRisk) -> bool:
    """Whether plain words for her own death stand there, and nothing covers them.

    Then no model may say that there is nothing: "I want to die, my pictures are in the group" was
    read as a matter of pictures alone, "he will kill me, close the account" as one of accounts.
    On 3,104 development lines this asks one more, who is in danger (22 Nov 2026).
    """
    roles = set(lexical.roles)
    if lexical.level != "critical":
        return False
    if lexical.kind == "harm":
        # "Close the account" is an idiom beside the threat; it covers its own words alone.
        return lexical.on_life and not roles & _TOLD
    return not roles & _COVERING and ("self" in roles or {"risk", "means"} <= roles)
