"""The intent of a message."""

from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.base import LINE, VECTOR, Component, normalised
from bot.components.intent_model import IntentModel
from bot.components.linear import LinearHead
from bot.components.ngrams import NgramVectoriser

_NOTHING = "out_of_scope"
_RANKED = 5


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class IntentClassifier(Component):
    """Sets intent and ranking; a text without anything readable is out_of_scope, 0.0."""

    model: IntentModel | None = None

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Regularisation and seed."""
        return {"strength": 1.0, "seed": 7}

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the training lines."""
        examples = [x for x in training_data.training_examples if x.get(LINE) is not None]
        model = IntentModel.fit(
            [normalised(example) for example in examples],
            np.stack([example.get(VECTOR) for example in examples]),
            [example.get(INTENT) for example in examples],
            self.config["strength"],
            self.config["seed"],
        )
        arrays: Dict[Text, Any] = {}
        for name, head in model.heads.items():
            arrays.update(head.arrays(name))
        return self.keep(arrays, model.grams.state())

    def process(self, messages: List[Message]) -> List[Message]:
        """Classify messages in place."""
        for message in messages:
            text = normalised(message)
            ranking = [(_NOTHING, 0.0)]
            if text and self.model:
                ranking = self.model.ranking(text, message.get(VECTOR))[:_RANKED]
            named = [{"name": name, "confidence": round(p, 4)} for name, p in ranking]
            message.set("intent", named[0], add_to_output=True)
            message.set("intent_ranking", named, add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa's signature
        **kwargs: Any,  # noqa: ARG003  Rasa's signature
    ) -> "IntentClassifier":
        """Return the trained component."""
        component = cls(config, model_storage, resource)
        arrays, state = cls.kept(model_storage, resource)
        heads = {name: LinearHead.from_arrays(arrays, name) for name in ("encoder", "grams")}
        component.model = IntentModel(NgramVectoriser.from_state(state), heads)
        return component
