"""Language and script of a message."""

from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from amaan.text import script_of
from bot.components.base import LINE, Component, normalised
from bot.components.language_model import OTHER, LanguageModel
from bot.components.language_words import word_lines


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True)
class LanguageIdentifier(Component):
    """Sets "language", "script" and "language_confidence" on each message."""

    model: LanguageModel | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the training lines, their variants and the word lists."""
        lines = [example.get(LINE) for example in training_data.training_examples]
        pairs = [
            (normalised(example), line.variant)
            for example, line in zip(training_data.training_examples, lines, strict=True)
            if line is not None
        ]
        pairs.extend(word_lines())
        model = LanguageModel.fit([text for text, _ in pairs], [tag for _, tag in pairs])
        return self.keep(model.arrays(), {})

    def process(self, messages: List[Message]) -> List[Message]:
        """Identify messages in place.

        A text without letters gets None, None and 0; one in a language that is not ours gets
        None, its script, and how sure it is that the language is not ours.
        """
        for message in messages:
            text = normalised(message)
            ranking = self.model.ranking(text) if self.model else []
            variant, confidence = ranking[0] if ranking else (OTHER, 0.0)
            language = None if variant == OTHER else variant.split("-")[0]
            message.set("language", language, add_to_output=True)
            message.set("script", script_of(text), add_to_output=True)
            message.set("language_confidence", round(confidence, 4), add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa's signature
        **kwargs: Any,  # noqa: ARG003  Rasa's signature
    ) -> "LanguageIdentifier":
        """Return the trained component."""
        component = cls(config, model_storage, resource)
        arrays, _ = cls.kept(model_storage, resource)
        component.model = LanguageModel.from_arrays(arrays)
        return component
