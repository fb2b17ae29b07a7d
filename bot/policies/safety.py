"""Danger before everything: also in the middle of a form.

A high priority alone does not interrupt a form; only a prediction marked as "no user"
does (rasa-notes 1). Order: reviewed words first, so that they arrive even when the
action server is down; then the escalation; then the form is dropped; then what she asked
besides, when the words for danger are no news to her; then listening.
"""

from typing import Any, Dict, FrozenSet, List, Optional, Text, Tuple

from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_DEACTIVATE_LOOP_NAME, ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.matter import OWED

ESCALATE = "action_escalate"
MATTER = "action_matter"
_STILL = "utter_risk_still"
_LEVELS = frozenset({"elevated", "critical"})
# Responses after which the full words for a danger are said again. A judgement.
LATELY = 6


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class SafetyPolicy(Policy):
    """Acts on the effective risk that the app put into the message's metadata.

    That risk may differ from the parse: the app also counts what rang before and what a
    human set. The parse alone never silences it.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Above every other policy."""
        return {"priority": 100}

    @staticmethod
    def supported_data() -> SupportedData:
        """It needs no data; asking for both keeps Rasa from complaining."""
        return SupportedData.ML_AND_RULE_DATA

    def _create_featurizer(self) -> Optional[TrackerFeaturizer]:
        return None

    def train(
        self,
        training_trackers: List[TrackerWithCachedStates],
        domain: Domain,
        **kwargs: Any,
    ) -> Resource:
        """Learn nothing."""
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,  # noqa: ARG003  Rasa's signature
    ) -> "SafetyPolicy":
        """Return the policy; nothing was kept."""
        return cls(config, model_storage, resource, execution_context)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the next step of the danger answer, or nothing when there is no danger."""
        step = next_step(tracker)
        probabilities = self._default_predictions(domain)
        if step is None or step not in domain.action_names_or_texts:
            return self._prediction(probabilities)
        probabilities[domain.index_for_action(step)] = 1.0
        return self._prediction(probabilities, is_no_user_prediction=step != ACTION_LISTEN_NAME)


def next_step(tracker: DialogueStateTracker) -> Optional[Text]:
    """Return the action that the danger in the last message asks for now, or None."""
    metadata, lately = _metadata(tracker), said_lately(tracker)
    utterance = utterance_for(metadata, lately)
    if utterance is None:
        return None
    done = done_since_message(tracker)
    words, matter = _words_and_matter(tracker, utterance, lately)
    for step in (*words, ESCALATE):
        if step not in done:
            return step
    if tracker.active_loop_name and ACTION_DEACTIVATE_LOOP_NAME not in done:
        return ACTION_DEACTIVATE_LOOP_NAME
    return next((step for step in matter if step not in done), ACTION_LISTEN_NAME)


def _words_and_matter(
    tracker: DialogueStateTracker, utterance: Text, lately: FrozenSet[Text]
) -> Tuple[Tuple[Text, ...], Tuple[Text, ...]]:
    """Return the words for danger and the answer to her matter, each none or one.

    The gentle question stands alone. While a human is being called her matter is answered too,
    and the same line is not put before every answer.
    """
    metadata, is_still = _metadata(tracker), utterance == _STILL
    unclear, matter = bool(metadata.get("unclear")), metadata.get("matter")
    owed = matter or (tracker.get_slot(OWED) if is_still else None)
    is_critical = (metadata.get("risk") or {}).get("level") == "critical"
    if not owed or not is_critical or not (is_still or unclear):
        return (utterance,), ()
    said = is_still and unclear and _STILL in lately
    return () if said else (utterance,), (MATTER,)


def utterance_for(metadata: Dict[Text, Any], lately: FrozenSet[Text]) -> Optional[Text]:
    """Return the response for an effective risk, or None when its level is none.

    An unknown kind is answered as harm, whose words fit both. `lately` are the responses said
    a short while ago: the full words for a danger come once, and again for another danger.
    That somebody was called before does not mean that she has read them: a "yes" to the gentle
    question is the first moment for the lines and for "move away from what could hurt you".
    """
    risk = metadata.get("risk") or {}
    level = risk.get("level")
    if level not in _LEVELS:
        return None
    kind = "suicide" if risk.get("kind") == "suicide" else "harm"
    who = "bystander" if risk.get("who") == "other" else kind
    wanted = f"utter_risk_{who}_{level}"
    if level == "critical" and metadata.get("risk_open") and wanted in lately:
        return _STILL
    return wanted


def said_lately(tracker: DialogueStateTracker) -> FrozenSet[Text]:
    """Return the names of the last responses before the last message."""
    said: List[Text] = []
    seen_message = False
    for event in reversed(tracker.applied_events()):
        if isinstance(event, UserUttered):
            seen_message = True
        if seen_message and isinstance(event, ActionExecuted) and event.action_name:
            if event.action_name.startswith("utter_"):
                said.append(event.action_name)
            if len(said) == LATELY:
                break
    return frozenset(said)


def _metadata(tracker: DialogueStateTracker) -> Dict[Text, Any]:
    latest = tracker.latest_message
    return (latest.metadata or {}) if latest else {}


def done_since_message(tracker: DialogueStateTracker) -> List[Text]:
    """Return the actions executed since the last message, newest first."""
    done: List[Text] = []
    for event in reversed(tracker.applied_events()):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name:
            done.append(event.action_name)
    return done
