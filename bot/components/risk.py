"""The danger in a message: the first promise of the house stands on this component."""

from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.base import LINE, VECTOR, Component, normalised
from bot.components.linear import LinearHead
from bot.components.ngrams import NgramVectoriser
from bot.components.risk_model import RiskFound, RiskModel, Thresholds

_HEADS = ("level", "kind", "who")
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
            "alarm": 0.3,
            "critical": 0.5,
            "lexical_critical": 0.05,
        }

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the training lines."""
        examples = [x for x in training_data.training_examples if x.get(LINE) is not None]
        model = RiskModel.fit(
            [normalised(example) for example in examples],
            np.stack([example.get(VECTOR) for example in examples]),
            [example.get(LINE) for example in examples],
            self.config["strength"],
            self.config["seed"],
        )
        arrays: Dict[Text, Any] = {}
        for name in _HEADS:
            arrays.update(model.heads[name].arrays(name))
        return self.keep(arrays, model.grams.state())

    def process(self, messages: List[Message]) -> List[Message]:
        """Assess messages in place."""
        thresholds = Thresholds(
            self.config["alarm"], self.config["critical"], self.config["lexical_critical"]
        )
        for message in messages:
            text = normalised(message)
            found = _NO_RISK
            if text and self.model:
                found = self.model.assess(text, message.get(VECTOR), thresholds)
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
        heads = {name: LinearHead.from_arrays(arrays, name) for name in _HEADS}
        component.model = RiskModel(NgramVectoriser.from_state(state), heads)
        return component
