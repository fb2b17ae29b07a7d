"""Runs the shipped encoder on the processor, one thread, nothing but ONNX Runtime.

It exists apart from the build code so that the service never imports torch. It
must not log or keep any text: what a person wrote goes in as an argument and
leaves as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

MODEL_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"
DIMENSIONS = 384
MAX_TOKENS = 128
PREFIX = "query: "

Vectors = npt.NDArray[np.float32]


class EncoderFilesError(RuntimeError):
    """A file of the encoder is missing or cannot be read; carries its name, never a text.

    Attributes:
        file_name: name of the file inside the encoder's folder.
    """

    def __init__(self, file_name: str, reason: str) -> None:
        super().__init__(f"encoder file {file_name}: {reason}")
        self.file_name = file_name


class SentenceEncoder:
    """Encodes texts with ``encoder.onnx`` and ``tokenizer.json`` of one folder.

    Texts are run one by one on purpose: the int8 model scales its activations
    over the whole batch, so a vector would otherwise depend on its neighbours
    and what was learnt in training would not be what is served.

    Errors: EncoderFilesError when a file is missing or broken.
    Safe to share between threads: both libraries allow concurrent calls.
    """

    def __init__(self, folder: str | Path) -> None:
        root = Path(folder)
        self._tokenizer = _load_tokenizer(root / TOKENIZER_FILE)
        self._session = _load_session(root / MODEL_FILE)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit-length vector per text, in order.

        Shape: float32 (len(texts), 384), each row of L2 norm 1; (0, 384) for no
        texts. Only the first 128 tokens of a text are read. An empty text gives
        the vector of the bare prefix, never an error.
        """
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._encode_one(text)
        return vectors

    def _encode_one(self, text: str) -> Vectors:
        ids = np.asarray([self._tokenizer.encode(PREFIX + text.strip()).ids], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        (embedding,) = self._session.run(["embedding"], feeds)
        vector: Vectors = embedding[0]
        return vector


def _load_tokenizer(path: Path) -> Tokenizer:
    if not path.is_file():
        raise EncoderFilesError(path.name, "missing; see bot/encoder/MODEL_CARD.md")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception for a broken file
        raise EncoderFilesError(path.name, "cannot be read") from error
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def _load_session(path: Path) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise EncoderFilesError(path.name, "missing; see bot/encoder/MODEL_CARD.md")
    options = onnxruntime.SessionOptions()
    # One thread: a second brings about 10% per text, so it is better spent on
    # another worker. Spinning would burn that worker's core while waiting.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the library has no common error type of its own
        raise EncoderFilesError(path.name, "cannot be read") from error
