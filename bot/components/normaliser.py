"""First in the pipeline: everything after it reads the normalised text."""

from typing import List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from amaan.text import normalise
from bot.components.base import NORMALISED, Component


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class TextNormaliser(Component):
    """Puts `amaan.text.normalise` of each text beside it; the text itself is left alone."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Normalise the messages in place."""
        for message in messages:
            message.set(NORMALISED, normalise(message.get(TEXT) or ""))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise the training messages in place."""
        self.process(training_data.training_examples)
        return training_data
