"""What the model said of each case, by the same road as production."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rasa.core.agent import Agent

from bot.assess import assess
from bot.evaluation.cases import Conversation, EntityCase, Levelled, Public, Swap
from bot.evaluation.noise import NOISES
from bot.lines import Line

# Every fourth line is measured again with each kind of noise.
_NOISY_STEP: Final = 4


@dataclass(frozen=True, slots=True)
class Result:
    """A test line, or an ordinary public sentence without one, and what was found."""

    variant: str
    line: Line | None
    found: dict[str, Any]

    @property
    def alarmed(self) -> bool:
        """Whether danger rang."""
        return bool(self.found["risk"]["level"] != "none")

    @property
    def language_right(self) -> bool:
        """Whether language and script are the line's own."""
        return f"{self.found['language']}-{self.found['script']}" == self.variant


@dataclass
class Results:
    """Everything that was measured."""

    lines: list[Result] = field(default_factory=list)
    everyday: list[Result] = field(default_factory=list)
    languages: list[tuple[Public, dict[str, Any]]] = field(default_factory=list)
    noisy: dict[str, list[tuple[Result, Result]]] = field(default_factory=dict)
    """By kind of noise: (as written, spoilt) pairs."""
    conversations: list[tuple[Conversation, tuple[bool, ...]]] = field(default_factory=list)
    """With each message, whether it or one before it rang."""
    levelled: dict[str, list[tuple[Levelled, bool]]] = field(default_factory=dict)
    """With whether danger rang."""
    swaps: list[tuple[Swap, tuple[str, ...]]] = field(default_factory=list)
    """With the level that each text got."""
    entities: list[tuple[EntityCase, frozenset[tuple[str, str]]]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


class Measuring:
    """Runs cases through one loaded agent; keeps the milliseconds of each single text."""

    def __init__(self, agent: Agent) -> None:
        """Keep the agent."""
        self._agent = agent
        self.results = Results()

    async def plain(self, lines: Sequence[Line]) -> None:
        """Measure the test lines."""
        await assess(self._agent, "warm")
        for line in lines:
            self.results.lines.append(Result(line.variant, line, await self._timed(line.text)))

    async def noisy(self) -> None:
        """Measure a quarter of the test lines again with each kind of noise."""
        for start, (name, spoil) in enumerate(NOISES.items()):
            self.results.noisy[name] = [
                (result, Result(result.variant, line, await assess(self._agent, text)))
                for result in self.results.lines[start % _NOISY_STEP :: _NOISY_STEP]
                if (line := result.line) is not None and (text := spoil(line.text)) != line.text
            ]

    async def everyday(self, sentences: Sequence[Public]) -> None:
        """Measure ordinary sentences, in which nobody is in danger."""
        for one in sentences:
            found = await self._timed(one.text)
            self.results.everyday.append(Result(one.variant, None, found))

    async def languages(self, sentences: Sequence[Public]) -> None:
        """Measure language and script alone."""
        for one in sentences:
            self.results.languages.append((one, await assess(self._agent, one.text)))

    async def conversations(self, conversations: Sequence[Conversation], back: int) -> None:
        """Measure at which message danger rings, each read with `back` messages before it."""
        for one in conversations:
            rang: list[bool] = []
            for place, text in enumerate(one.texts):
                found = await assess(self._agent, text, one.texts[max(0, place - back) : place])
                rang.append(found["risk"]["level"] != "none")
            self.results.conversations.append((one, tuple(rang)))

    async def levelled(self, name: str, cases: Sequence[Levelled]) -> None:
        """Measure whether messages of one kind ring, each by itself."""
        for one in cases:
            found = await assess(self._agent, one.text)
            rang = found["risk"]["level"] != "none"
            self.results.levelled.setdefault(name, []).append((one, rang))

    async def swaps(self, swaps: Sequence[Swap]) -> None:
        """Measure whether a name, a city or a sect changes anything."""
        for one in swaps:
            levels = [(await assess(self._agent, text))["risk"]["level"] for text in one.texts]
            self.results.swaps.append((one, tuple(levels)))

    async def entities(self, cases: Sequence[EntityCase]) -> None:
        """Measure which entities are found."""
        for one in cases:
            found = (await assess(self._agent, one.text))["entities"]
            pairs = frozenset((each["entity"], _plain(each["value"])) for each in found)
            self.results.entities.append((one, pairs))

    async def _timed(self, text: str) -> dict[str, Any]:
        began = time.perf_counter()
        found = await assess(self._agent, text)
        self.results.milliseconds.append((time.perf_counter() - began) * 1000)
        return found


def _plain(value: Any) -> str:
    """Return a value as the cases write it: an amount of money as its rupees."""
    return str(value["amount"] if isinstance(value, dict) else value)
