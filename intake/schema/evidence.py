"""A piece of evidence: what is said about it, never the thing itself."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import uuid4

from pydantic import Field, model_validator

from intake.schema.base import Part, Text
from intake.schema.enums import EvidenceKind, HashedWhere

MAX_EVIDENCE = 50
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Evidence(Part):
    """One piece of evidence, described in her words; the file stays on her device.

    `sha256` is made there (web chat). What is intimate is only described, and of what shows
    somebody under eighteen no digest is kept either (domain-facts 4.2, 4.4).
    """

    evidence_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")] = Field(
        default_factory=lambda: str(uuid4())
    )
    kind: EvidenceKind = EvidenceKind.STATEMENT
    description: Annotated[Text, Field(max_length=500)] = ""
    sha256: Sha256 | None = None
    hashed_where: HashedWhere | None = None
    contains_intimate: bool = False
    involves_minor: bool = False

    @model_validator(mode="after")
    def _described_only(self) -> Self:
        if self.sha256 is None and self.hashed_where is not None:
            raise ValueError("hashed_where stands without a sha256")
        if self.sha256 is None:
            return self
        if self.hashed_where is None:
            raise ValueError("a sha256 needs hashed_where")
        if self.contains_intimate:
            raise ValueError("intimate evidence is described only, without a sha256")
        if self.involves_minor:
            raise ValueError("evidence that shows a minor has no sha256")
        return self

    def without_hash(self) -> Evidence:
        """The same without its digest."""
        return self.model_copy(update={"sha256": None, "hashed_where": None})
