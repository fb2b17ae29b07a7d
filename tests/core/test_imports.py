"""Imports run one way, and only `bot/` imports rasa."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"amaan", "telephony", "actions", "handoff", "intake", "bot", "bench"}
# The composition root and what starts it are the only places that know everybody.
ROOTS = {"amaan/composition.py", "amaan/operating.py"}
ALLOWED = {
    "amaan": {"amaan"},
    "telephony": {"amaan", "telephony"},
    "actions": {"amaan", "actions", "intake"},
    "handoff": {"amaan", "handoff"},
    # Supervisors look at complaints.
    "handoff/console": {"amaan", "handoff", "intake"},
    "intake": {"amaan", "intake"},
    "bot": {"amaan", "bot"},
    "bench": {"bot", "bench"},
    # Measure the application, in its environment.
    "bench/handoff": {"amaan", "handoff", "bench"},
    "bench/doors": {"amaan", "telephony", "bench"},
    "bench/intake": {"amaan", "handoff", "intake", "telephony", "bench"},
}
# What runs in Rasa's environment too must not drag the web stack in.
SHARED = {"amaan.text", "amaan.words", "amaan.facts", "amaan.crypto"}
SHARED_MAY = {"babel", "cryptography"} | SHARED
WEB = {"fastapi", "sqlalchemy", "procrastinate", "pydantic", "httpx", "starlette", "psycopg"}


def modules() -> Iterator[tuple[str, Path]]:
    """(folder, file) of every module of ours."""
    for folder in sorted(OURS):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "versions" not in file.parts:
                yield folder, file


def imported(file: Path) -> set[str]:
    """Dotted names that a module imports, anywhere in it."""
    names: set[str] = set()
    # Seen once on 3.11.7, after a test that kills a database: "AST constructor recursion depth
    # mismatch". Code that a collection of garbage runs meanwhile disturbs the parser's count.
    gc.collect()
    gc.disable()
    try:
        tree = ast.parse(file.read_text())
    finally:
        gc.enable()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize(("folder", "file"), list(modules()), ids=lambda value: str(value)[-60:])
def test_imports_run_one_way(folder: str, file: Path) -> None:
    place = file.relative_to(ROOT).as_posix()
    names = imported(file)
    tops = {name.split(".")[0] for name in names}
    if place not in ROOTS:
        part = "/".join(file.relative_to(ROOT).parts[:2])
        assert tops & OURS <= ALLOWED.get(part, ALLOWED[folder]), place
    if folder != "bot":
        assert "rasa" not in tops, place
    package = ".".join(file.relative_to(ROOT).parts[:2])
    if package in SHARED:
        assert not tops & WEB, place
        ours = {name for name in names if name.split(".")[0] in OURS}
        assert all(any(n == s or n.startswith(s + ".") for s in SHARED) for n in ours), place
