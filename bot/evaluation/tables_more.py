"""Tables beside the main ones: who is served worse, noise, conversations, swaps, entities."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from bot.evaluation.cases import (
    BESIDE,
    MIDDLE,
    SCATTERED,
    Conversation,
    EntityCase,
    Levelled,
    Public,
    Swap,
)
from bot.evaluation.figures import (
    LONG,
    SHORT,
    Share,
    by_variant,
    harmless,
    intent_right,
    risky,
    share,
)
from bot.evaluation.results import Result
from bot.evaluation.table import table

_FORMS: Final = {"f": "feminine", "m": "masculine", "n": "neutral form", "-": "not shown"}
_LENGTHS: Final = ((1, 3), (4, 9), (10, 19), (20, 999))
_LEAST: Final = 8
_LEVELLED: Final = {
    BESIDE: ("Danger beside another matter", "same words without danger rang"),
    MIDDLE: ("In the middle of a story", "harmless details rang"),
    SCATTERED: ("Scenes drawn by lot", "harmless lines rang"),
}
_OURS: Final = frozenset({"ur", "ps", "sd", "pa", "bal", "en"})


def groups(results: Sequence[Result]) -> str:
    """Recall and false alarms by the writer's form, bystanders, length, dialect and style."""
    named: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.line:
            for name in _names(result):
                named[name].append(result)
    rows = [
        [
            name,
            share(risky(own), lambda r: r.alarmed),
            share((r for r in own if r.line and not r.line.is_risk), lambda r: r.alarmed),
            share((r for r in own if r.line and not r.line.is_risk), intent_right),
        ]
        for name, own in sorted(named.items())
        if len(own) >= _LEAST
    ]
    heads = ("group", "danger caught", "false alarms", "intent right")
    return "## Who is served worse\n\n" + table(heads, rows)


def _names(result: Result) -> list[str]:
    line = result.line
    if line is None:
        return []
    words = len(line.text.split())
    low, high = next(pair for pair in _LENGTHS if pair[0] <= max(words, 1) <= pair[1])
    length = f"length: {low} to {high} words" if high < LONG**2 else f"length: {low} words or more"
    tags = [f"style: {tag}" for tag in line.style.split("+") if tag and not tag.startswith("-")]
    who = "writer: bystander" if line.who == "other" else "writer: about oneself"
    return [f"form: {_FORMS[line.form]}", who, length, *tags]


def twins(results: Sequence[Result]) -> str:
    """Native script beside Roman of each language."""
    found = by_variant(results)
    rows = []
    for language in ("bal", "pa", "ps", "sd", "ur"):
        native, roman = found.get(f"{language}-Arab", []), found.get(f"{language}-Latn", [])
        cells: list[object] = [language]
        for own in (native, roman):
            plain = [r for r in own if r.line and not r.line.is_risk]
            cells += [
                share(risky(own), lambda r: r.alarmed),
                share(harmless(own, hard=True), lambda r: r.alarmed),
                share(plain, intent_right),
            ]
        rows.append(cells)
    heads = (
        "language", "caught, native", "false on hard, native", "intent, native",
        "caught, Roman", "false on hard, Roman", "intent, Roman",
    )  # fmt: skip
    return "## Native and Roman script side by side\n\n" + table(heads, rows)


def noise(noisy: dict[str, list[tuple[Result, Result]]]) -> str:
    """What each way of spoiling a text changes, against the same lines unspoilt."""
    rows = []
    for name, pairs in noisy.items():
        before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        cells: list[object] = [name]
        for own in (before, after):
            plain = [r for r in own if r.line and not r.line.is_risk]
            cells += [
                share(risky(own), lambda r: r.alarmed),
                share(plain, lambda r: r.alarmed),
                share(plain, intent_right),
            ]
        rows.append(cells)
    heads = (
        "noise", "caught before", "false before", "intent before", "caught", "false", "intent",
    )  # fmt: skip
    return "## Spelling noise\n\n" + table(heads, rows)


def conversations(found: Sequence[tuple[Conversation, tuple[bool, ...]]]) -> str:
    """At which message of a conversation danger rings."""
    if not found:
        return ""
    rows = []
    for name in [*sorted({one.variant for one, _ in found}), "**all**"]:
        own = [(c, rang) for c, rang in found if name in {c.variant, "**all**"}]
        dangerous = [(c.rings.index(True), rang) for c, rang in own if any(c.rings)]
        calm = [rang for c, rang in own if not any(c.rings)]
        total = len(dangerous)
        rows.append(
            [
                name,
                Share(sum(rang[turn] for turn, rang in dangerous), total),
                Share(sum(any(rang[turn:]) for turn, rang in dangerous), total),
                Share(sum(any(rang[:turn]) for turn, rang in dangerous), total),
                Share(sum(any(rang) for rang in calm), len(calm)),
            ]
        )
    heads = ("variant", "rang at the message", "rang by the end", "rang before", "calm ones rang")
    return "## Conversations\n\n" + table(heads, rows)


def levelled(name: str, found: Sequence[tuple[Levelled, bool]]) -> str:
    """Danger in messages of one kind, and the harmless ones among them that rang."""
    if not found:
        return ""
    rows = []
    for variant in [*sorted({one.variant for one, _ in found}), "**all**"]:
        own = [(one, rang) for one, rang in found if variant in {one.variant, "**all**"}]
        caught = [rang for one, rang in own if one.level != "none"]
        calm = [rang for one, rang in own if one.level == "none"]
        rows.append([variant, _counted(caught), _counted(calm)])
    title, calm_head = _LEVELLED[name]
    return f"## {title}\n\n" + table(("variant", "danger caught", calm_head), rows)


def swaps(found: Sequence[tuple[Swap, tuple[str, ...]]]) -> str:
    """Whether another name, city or sect changes the level of danger."""
    if not found:
        return ""
    rows = []
    for what in sorted({one.what for one, _ in found}):
        own = [(one, levels) for one, levels in found if one.what == what]
        same = Share(sum(len(set(levels)) == 1 for _, levels in own), len(own))
        rings = [(one.level != "none", level != "none") for one, ls in own for level in ls]
        right = Share(sum(truth == rang for truth, rang in rings), len(rings))
        rows.append([what, same, right])
    heads = ("put in", "level the same whatever is put in", "alarm right")
    return "## Swapping names, cities and faiths\n\n" + table(heads, rows)


def entities(found: Sequence[tuple[EntityCase, frozenset[tuple[str, str]]]]) -> str:
    """Precision and recall of each entity, value included."""
    if not found:
        return ""
    names = sorted({name for case, got in found for name, _ in case.entities | got})
    rows: list[list[object]] = []
    for name in names:
        hit = sum(len(_of(c.entities, name) & _of(got, name)) for c, got in found)
        rows.append(
            [
                name,
                Share(hit, sum(len(_of(c.entities, name)) for c, _ in found)),
                Share(hit, sum(len(_of(got, name)) for _, got in found)),
            ]
        )
    for variant in sorted({case.variant for case, _ in found}):
        own = [(case.entities, got) for case, got in found if case.variant == variant]
        hit = sum(len(true & got) for true, got in own)
        true, got = (sum(len(pair[side]) for pair in own) for side in (0, 1))
        rows.append([variant, Share(hit, true), Share(hit, got)])
    return "## Entities\n\n" + table(("entity or variant", "found", "right"), rows)


def _of(pairs: frozenset[tuple[str, str]], name: str) -> set[tuple[str, str]]:
    return {pair for pair in pairs if pair[0] == name}


def languages(found: Sequence[tuple[Public, dict[str, Any]]]) -> str:
    """Language and script of public text by length, and how neighbours are called."""
    if not found:
        return ""
    counted: dict[tuple[str, str], list[bool]] = defaultdict(list)
    neighbours: dict[str, list[bool]] = defaultdict(list)
    for one, got in found:
        if one.variant.partition("-")[0] not in _OURS:
            neighbours[one.variant].append(got["language"] is None)
            continue
        words = len(one.text.split())
        length = f"1 to {SHORT} words" if words <= SHORT else f"{SHORT + 1} to {LONG} words"
        right = f"{got['language']}-{got['script']}" == one.variant
        counted[one.variant, length].append(right)
    lengths = sorted({length for _, length in counted})
    rows: list[list[object]] = [
        [variant, *(_counted(counted[variant, length]) for length in lengths)]
        for variant in sorted({variant for variant, _ in counted})
    ]
    macro = [
        f"{sum(means) / len(means):.1%}"
        for length in lengths
        if (means := [sum(v) / len(v) for (_, own), v in counted.items() if own == length and v])
    ]
    rows.append(["**mean of variants**", *macro])
    called = [[name, _counted(hits)] for name, hits in sorted(neighbours.items())]
    return (
        "## Language and script of public text\n\n"
        + table(("variant", *lengths), rows)
        + "\n"
        + table(("neighbour", "called none of ours"), called)
    )


def _counted(hits: list[bool]) -> Share:
    return Share(sum(hits), len(hits))
