"""The danger in a message: the first promise of the house stands on this component."""

from typing import Any, Dict, List, Text, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.base import LINE, VECTOR, Component, normalised
from bot.components.fusion import Fusion
from bot.components.landmarks import Landmarks
from bot.components.linear import LinearHead
from bot.components.ngrams import NgramVectoriser
from bot.components.risk_model import (
    HEADS,
    INTENT_HEAD,
    NEAR_HEAD,
    QUESTIONS,
    VOICES,
    RiskFound,
    RiskModel,
    Thresholds,
    Voices,
)
from bot.lines import is_development

_NO_RISK = RiskFound("none", None, 0.0, "self", ())


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class RiskClassifier(Component):
    """Sets "risk": {level, kind, score, who, why}; see `RiskFound`."""

    model: RiskModel | None = None

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Regularisation, seed and thresholds; config.yml says how these were chosen."""
        return {
            "strength": 1.0,
            "seed": 7,
            "alarm": 0.09,
            "sure": 0.2,
            "critical": 0.5,
            "lexical_critical": 0.05,
        }

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the voices on the training lines and their fusion on the development lines."""
        examples = [x for x in training_data.training_examples if x.get(LINE) is not None]
        seen, unseen = _parted(examples)
        voices = Voices.fit(*seen, self.config["strength"], self.config["seed"])
        model = RiskModel.fit(voices, *unseen)
        arrays: Dict[Text, Any] = voices.landmarks.arrays()
        for name, head in voices.heads.items():
            arrays.update(head.arrays(name))
        for name, fusion in model.fusions.items():
            arrays.update(fusion.arrays(f"fusion.{name}"))
        return self.keep(arrays, voices.grams.state())

    def process(self, messages: List[Message]) -> List[Message]:
        """Assess messages in place."""
        thresholds = Thresholds(
            self.config["alarm"],
            self.config["sure"],
            self.config["critical"],
            self.config["lexical_critical"],
        )
        for message in messages:
            text = normalised(message)
            found = _NO_RISK
            if text and self.model:
                variant = f"{message.get('language')}-{message.get('script')}"
                found = self.model.assess(text, message.get(VECTOR), variant, thresholds)
            message.set("risk", found.as_dict(), add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa's signature
        **kwargs: Any,  # noqa: ARG003  Rasa's signature
    ) -> "RiskClassifier":
        """Return the trained component."""
        component = cls(config, model_storage, resource)
        arrays, state = cls.kept(model_storage, resource)
        names = [f"{voice}.{head}" for voice in VOICES for head in HEADS]
        names += [INTENT_HEAD, NEAR_HEAD]
        heads = {name: LinearHead.from_arrays(arrays, name) for name in names}
        fusions = {name: Fusion.from_arrays(arrays, f"fusion.{name}") for name in QUESTIONS}
        grams = NgramVectoriser.from_state(state)
        voices = Voices(grams, heads, Landmarks.from_arrays(arrays))
        component.model = RiskModel(voices, fusions)
        return component


def _parted(examples: List[Message]) -> List[Tuple[List[Text], Any, List[Any]]]:
    """Return (texts, vectors, lines) of the training and of the development lines."""
    sides: List[List[Message]] = [[], []]
    for example in examples:
        sides[is_development(example.get(LINE).text)].append(example)
    return [
        (
            [normalised(example) for example in side],
            np.stack([example.get(VECTOR) for example in side]),
            [example.get(LINE) for example in side],
        )
        for side in sides
    ]
