"""Entities of a message: numbers, links, names of platforms and places, times, people."""

import logging
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from bot.components.base import Component, normalised
from bot.entities import extractor

logger = logging.getLogger(__name__)


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class EntityExtractor(Component):
    """Adds to "entities"; places are counted in the normalised text.

    Stands after LanguageIdentifier. Shape: Rasa's entity, value, text, start, end,
    extractor, and province or platform where known (`bot.entities.Found`).
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`sure`: below this confidence the words of all languages count."""
        return {"sure": 0.5}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa's signature
    ) -> "EntityExtractor":
        """Return the component; reads the word lists now, so that no message waits for it."""
        extractor()
        return cls(config, model_storage, resource)

    def process(self, messages: List[Message]) -> List[Message]:
        """Find entities in place; what others found before is kept."""
        for message in messages:
            found = [*message.get(ENTITIES, []), *self._entities(message)]
            message.set(ENTITIES, found, add_to_output=True)
        return messages

    def _entities(self, message: Message) -> List[Dict[Text, Any]]:
        text = normalised(message)
        sure = (message.get("language_confidence") or 0.0) >= self.config["sure"]
        try:
            found = extractor().find(text, message.get("language") if sure else None)
        except Exception as error:
            # A number that was not read is asked for again; a message that is not
            # screened because of it may cost a life. The error's text could hold hers.
            logger.error("entities were not read type=%s", type(error).__name__)
            return []
        name = self.__class__.__name__
        return [{**one.as_dict(text), "extractor": name} for one in found]
