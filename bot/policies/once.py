"""After "I did not understand" the assistant listens.

Rasa's own fallback action takes the message back; ours only says so. Without this policy
no rule fits the state after it, so the fallback is predicted again and again until the
circuit breaker ends the turn, and a person is told ten times that she was not understood.
"""

from typing import Any, Dict, Optional, Text

from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policies.safety import SafetyPolicy, done_since_message

FALLBACKS = frozenset({"utter_fallback_ask", "utter_fallback_human"})


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class OncePolicy(SafetyPolicy):
    """Says each fallback once a turn. Learns nothing, like the policy it derives from."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Above the rules, below danger."""
        return {"priority": 50}

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict listening after a fallback, and nothing otherwise."""
        probabilities = self._default_predictions(domain)
        done = done_since_message(tracker)
        # The newest comes first. A form that asks its question again afterwards may do so.
        if done and done[0] in FALLBACKS and not tracker.active_loop_name:
            probabilities[domain.index_for_action(ACTION_LISTEN_NAME)] = 1.0
        return self._prediction(probabilities)
