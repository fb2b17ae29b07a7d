"""The shipped encoder keeps the promises its callers build on."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from amaan.text import undisguised
from bot.encoder import EncoderFilesError, SentenceEncoder
from bot.encoder.build.lines import read_lines
from bot.encoder.runtime import DIMENSIONS, MAX_TOKENS, MODEL_FILE, PREFIX, TOKENIZER_FILE

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "bot" / "encoder"
LINES = read_lines(ROOT / "nlu_data" / "train")
VARIANTS = sorted({line.variant for line in LINES})
UNKNOWN = 3


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(FOLDER)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(FOLDER / TOKENIZER_FILE))


def test_vectors_are_float32_of_unit_length(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["وہ مجھے دھمکی دے رہا ہے", "weather today", "🙂"])
    assert vectors.shape == (3, DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_no_texts_give_no_rows(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, DIMENSIONS)


@pytest.mark.parametrize("text", ["", "   ", "\n", "\u200b", "x" * 50_000, "\u0000", "ہ" * 9_000])
def test_odd_texts_give_a_finite_vector(encoder: SentenceEncoder, text: str) -> None:
    assert np.isfinite(encoder.encode([text])).all()


def test_a_vector_does_not_depend_on_its_neighbours(encoder: SentenceEncoder) -> None:
    texts = [line.text for line in LINES[:40]]
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.array_equal(encoder.encode(texts), alone)


def test_latin_case_makes_no_difference(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["MUJHE BACHAO", "Mujhe bachao", "mujhe bachao"])
    assert np.array_equal(vectors[0], vectors[2])
    assert np.array_equal(vectors[1], vectors[2])


def test_only_the_first_tokens_are_read(encoder: SentenceEncoder) -> None:
    start = "please help " * MAX_TOKENS
    first, second = encoder.encode([start + "one", start + "two"])
    assert np.array_equal(first, second)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_script_is_readable(tokenizer: Tokenizer, variant: str) -> None:
    texts = [undisguised(line.text) for line in LINES if line.variant == variant]
    tokens = [token for text in texts for token in tokenizer.encode(PREFIX + text).ids]
    assert tokens.count(UNKNOWN) / len(tokens) < 0.001


def test_near_meanings_lie_nearer_than_far_ones(encoder: SentenceEncoder) -> None:
    texts = ["i want to die", "میں مرنا چاہتی ہوں", "آج بارش ہو گی کیا", "will it rain today"]
    die, die_urdu, rain_urdu, rain = encoder.encode(texts)
    assert die @ die_urdu > die @ rain_urdu
    assert rain @ rain_urdu > rain @ die_urdu


@pytest.mark.parametrize("name", [MODEL_FILE, TOKENIZER_FILE])
@pytest.mark.parametrize("broken", [True, False])
def test_a_bad_file_is_named(tmp_path: Path, name: str, broken: bool) -> None:
    for each in (MODEL_FILE, TOKENIZER_FILE):
        if each != name:
            (tmp_path / each).symlink_to(FOLDER / each)
        elif broken:
            (tmp_path / each).write_bytes(b"not a model")
    with pytest.raises(EncoderFilesError) as caught:
        SentenceEncoder(tmp_path)
    assert caught.value.file_name == name


def test_the_artefact_stays_small() -> None:
    size = sum((FOLDER / name).stat().st_size for name in (MODEL_FILE, TOKENIZER_FILE))
    assert size < 45_000_000


def test_running_needs_no_training_library() -> None:
    # A fresh interpreter, because other tests of this session may have loaded more.
    probe = (
        "import sys, bot.encoder; "
        "heavy = {'torch', 'tensorflow', 'sklearn', 'safetensors', 'rasa'} & set(sys.modules); "
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
