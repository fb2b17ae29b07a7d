"""Gives Rasa the training lines, the domain and the rules.

The TSV files are the only source of lines. The rules are those of bot/rules, and for
each plain rule "intent, then actions" a twin that first leaves the open form: whoever
asks something else in the middle of a form has left it, and must not be asked again.
"""

from typing import Any, Dict, List, Optional, Text, Union

from rasa.shared.core.constants import ACTION_DEACTIVATE_LOOP_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_yaml, read_yaml_file, write_yaml

from bot.complaint import BESIDE
from bot.complaint import FORM as COMPLAINT_FORM
from bot.components.base import LINE
from bot.lines import read_lines
from bot.settings import BOT, ROOT, TRAINING_LINES

FORM = "safety_plan_form"
RULES = BOT / "rules"
DOMAIN = BOT / "domain"

# These do not leave the form: they are answers, or we did not understand.
STAYS = frozenset(
    {"affirm", "inform", "deny", "nlu_fallback", "nlu_fallback_again", "ask_safety_plan"}
)


class LinesImporter(TrainingDataImporter):
    """Reads `nlu_data/train`, `bot/domain`, `bot/rules` and `config.yml`."""

    def __init__(
        self,
        config_file: Optional[Text] = None,
        domain_path: Optional[Text] = None,
        training_data_paths: Optional[Union[List[Text], Text]] = None,
        **kwargs: Any,
    ) -> None:
        """Take the configuration's path; the other paths are fixed by the layout."""
        self._config_file = config_file or str(ROOT / "config.yml")

    def get_domain(self) -> Domain:
        """Return the domain of bot/domain."""
        return Domain.load(str(DOMAIN))

    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        """Return the rules with their twins."""
        rules = [rule for path in sorted(RULES.glob("*.yml")) for rule in _rules(path)]
        twins = [
            twin for rule in rules for twin in (_leaving_twin(rule), _complaint_twin(rule)) if twin
        ]
        content: Any = write_yaml_text({"version": "3.1", "rules": rules + twins})
        steps = YAMLStoryReader().read_from_string(content)
        return StoryGraph(steps)

    def get_config(self) -> Dict[Text, Any]:
        """Return the pipeline's configuration."""
        return dict(read_yaml_file(self._config_file))

    def get_config_file_for_auto_config(self) -> Optional[Text]:
        """Return the configuration's path."""
        return self._config_file

    def get_nlu_data(self, language: Optional[Text] = "en") -> TrainingData:
        """Return the training lines, each with its line as a property."""
        return TrainingData(
            [
                Message({TEXT: line.text, INTENT: line.intent, LINE: line})
                for line in read_lines(TRAINING_LINES)
            ]
        )


def _rules(path: Any) -> List[Dict[Text, Any]]:
    return list(read_yaml(path.read_text(encoding="utf-8"))["rules"])


def _leaving_twin(rule: Dict[Text, Any]) -> Optional[Dict[Text, Any]]:
    """Return the rule as it is inside the form, or None when it does not leave it."""
    first = rule["steps"][0]
    if "condition" in rule or "intent" not in first or first["intent"] in STAYS:
        return None
    leaving = [{"action": ACTION_DEACTIVATE_LOOP_NAME}, {"active_loop": None}]
    return {
        "rule": f"{rule['rule']}, leaving the form",
        "condition": [{"active_loop": FORM}],
        "steps": [dict(first), *leaving, *[dict(step) for step in rule["steps"][1:]]],
    }


def _complaint_twin(rule: Dict[Text, Any]) -> Optional[Dict[Text, Any]]:
    """Return the rule as it is inside the complaint form.

    A question beside it is answered, and the form asks again; anything else that reaches the
    rules leaves the form. The draft is the application's and stays.
    """
    first = rule["steps"][0]
    if "condition" in rule or "intent" not in first or first["intent"] == "complaint_begin":
        return None
    steps = [dict(step) for step in rule["steps"][1:]]
    if first["intent"] in BESIDE:
        end = [{"action": COMPLAINT_FORM}, {"active_loop": COMPLAINT_FORM}]
        steps = [dict(first), *steps, *end]
    else:
        leaving = [{"action": ACTION_DEACTIVATE_LOOP_NAME}, {"active_loop": None}]
        steps = [dict(first), *leaving, *steps]
    return {
        "rule": f"{rule['rule']}, in the complaint",
        "condition": [{"active_loop": COMPLAINT_FORM}],
        "steps": steps,
    }


def write_yaml_text(content: Dict[Text, Any]) -> Text:
    """Return the content as YAML text."""
    import io

    target = io.StringIO()
    write_yaml(content, target)
    return target.getvalue()
