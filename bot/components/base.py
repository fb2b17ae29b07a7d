"""What our graph components share: construction, and keeping one npz file in the model."""

import json
from pathlib import Path
from typing import Any, Dict, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

NORMALISED = "normalised"
"""Message property: the text as `amaan.text.normalise` gives it."""

VECTOR = "vector"
"""Message property: the encoder's vector, float32 (384,)."""

LINE = "line"
"""Property of a training message: its `bot.lines.Line`."""


class Component(GraphComponent):
    """A component with a file of arrays and a file of settings in the model.

    Rasa checks parameter types at training, so every signature is spelled out.
    """

    file_name = "arrays.npz"
    state_name = "state.json"

    def __init__(
        self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Keep configuration and place in the model; trained parts come by `load`."""
        self.config = config
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa's signature
    ) -> "Component":
        """Return an untrained component."""
        return cls(config, model_storage, resource)

    def keep(self, arrays: Dict[Text, Any], state: Dict[Text, Any]) -> Resource:
        """Write arrays and settings into the model and return its resource."""
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(Path(folder) / self.file_name, **arrays)
            text = json.dumps(state, ensure_ascii=False)
            (Path(folder) / self.state_name).write_text(text, encoding="utf-8")
        return self._resource

    @classmethod
    def kept(cls, storage: ModelStorage, resource: Resource) -> tuple[Any, Dict[Text, Any]]:
        """Return what `keep` wrote; arrays are read without pickle."""
        with storage.read_from(resource) as folder:
            with np.load(Path(folder) / cls.file_name, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            state = json.loads((Path(folder) / cls.state_name).read_text(encoding="utf-8"))
        return arrays, state


def normalised(message: Message) -> str:
    """Return the normalised text of a message; empty when it has none."""
    return message.get(NORMALISED) or message.get(TEXT) or ""
