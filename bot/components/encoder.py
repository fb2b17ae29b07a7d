"""The sentence encoder as a pipeline component."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from amaan.text import undisguised
from bot.components.base import VECTOR, Component, normalised
from bot.encoder import EncoderFilesError, SentenceEncoder
from bot.errors import ConfigurationError
from bot.settings import BOT, ROOT

_FOLDER = BOT / "encoder"
_CACHE = ROOT / ".cache" / "encoder"
_MODEL_FILE = "encoder.onnx"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceEncoderFeaturizer(Component):
    """Sets the encoder's vector on each message.

    Raises ConfigurationError when the encoder's files are missing: without them a model
    would answer, and be wrong.
    """

    def __init__(
        self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Load the encoder; about 0.3 s."""
        super().__init__(config, model_storage, resource)
        try:
            self._encoder = SentenceEncoder(_FOLDER)
        except EncoderFilesError as error:
            raise ConfigurationError(f"{error}; run git lfs pull or see bot/encoder") from error

    def process(self, messages: List[Message]) -> List[Message]:
        """Encode messages in place; nothing of them is written anywhere."""
        for message in messages:
            message.set(VECTOR, self._encoder.encode([undisguised(normalised(message))])[0])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encode the training lines, which are public, through a cache on disk."""
        examples = training_data.training_examples
        texts = [undisguised(normalised(example)) for example in examples]
        vectors = encode_cached(self._encoder, texts)
        for example, vector in zip(examples, vectors, strict=True):
            example.set(VECTOR, vector)
        return training_data


def encode_cached(encoder: SentenceEncoder, texts: List[str]) -> Any:
    """Return vectors (len(texts), 384) of training lines, from .cache/encoder where known.

    The cache's file is named by a hash of the encoder, so a new encoder starts afresh.
    """
    model = hashlib.sha256((_FOLDER / _MODEL_FILE).read_bytes()).hexdigest()[:16]
    path = _CACHE / f"{model}.npz"
    known = _read(path)
    names = [hashlib.sha256(text.encode("utf-8")).hexdigest()[:24] for text in texts]
    fresh = {name: text for name, text in zip(names, texts, strict=True) if name not in known}
    if fresh:
        known.update(zip(fresh, _encoded(encoder, list(fresh.values())), strict=True))
        _write(path, known)
    return np.stack([known[name] for name in names])


def _encoded(encoder: SentenceEncoder, texts: List[str]) -> Any:
    """Return vectors in order, on all cores: each text is still encoded by itself."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.stack(list(pool.map(lambda text: encoder.encode([text])[0], texts)))


def _read(path: Path) -> Dict[str, Any]:
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as file:
        return dict(zip((str(name) for name in file["names"]), file["vectors"], strict=True))


def _write(path: Path, known: Dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, names=np.asarray(list(known)), vectors=np.stack(list(known.values())))
    temporary.replace(path)
