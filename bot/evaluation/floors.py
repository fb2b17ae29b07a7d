"""Holds measured figures against the floors in nlu_data/floors.toml.

A floor is what was reached when it was set, a little relaxed: no change may fall below it
unnoticed. It is not the bar, which is higher (design.md section 8).
"""

import tomllib
from pathlib import Path
from typing import Final

from bot.errors import ConfigurationError
from bot.settings import ROOT

FLOORS: Final = ROOT / "nlu_data" / "floors.toml"


def broken(figures: dict[str, float], path: Path = FLOORS) -> list[str]:
    """Return a sentence for every floor that does not hold; none when all do.

    Raises ConfigurationError for a floor of a figure that is not measured.
    """
    floors = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = sorted({*floors["at_least"], *floors["at_most"]} - figures.keys())
    if unknown:
        raise ConfigurationError(f"{path.name}: nothing measures {', '.join(unknown)}")
    low = [
        f"{name} is {figures[name]}, floor {least}"
        for name, least in floors["at_least"].items()
        if figures[name] < least
    ]
    high = [
        f"{name} is {figures[name]}, at most {most}"
        for name, most in floors["at_most"].items()
        if figures[name] > most
    ]
    return low + high
