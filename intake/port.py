"""What the house asks of whoever takes complaints, and how that can fail.

Two adapters keep it: the intake API (`intake.api`) and, in tests, a stand-in. A complaint
that she files by herself (`intake.paper`) never passes here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from amaan.errors import OutsideServiceError
from intake.schema import Complaint

AgencyState = Literal["received", "verification", "investigation", "closed", "rejected"]
"""What the agency says of a complaint, as far as our contract knows."""


@dataclass(frozen=True)
class Receipt:
    """The agency's answer. An acknowledgement is not an FIR."""

    number: str
    state: AgencyState
    at: datetime
    sent: str = ""
    """The signed body as it was sent, for proof; empty when it was found by its key."""


class UnavailableError(OutsideServiceError):
    """The intake surely took nothing: no connection, 429, 503, wrong token. Try later."""

    code = "intake_unavailable"

    def __init__(
        self, message: str = "", *, code: str | None = None, wait: timedelta | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.wait = wait


class RefusedError(OutsideServiceError):
    """The intake read the complaint and does not take it: a human must look at it."""

    code = "intake_refused"


# That a call ended without a readable answer is `amaan.errors.UnknownOutcomeError`: the
# intake may have taken it, so it is looked up by its key before any second try.


class Filing(Protocol):
    """Hands complaints over and asks what became of them."""

    async def file(self, complaint: Complaint, key: str) -> Receipt:
        """Files once for each `key`; the same key with the same complaint answers the same.

        Raises `UnavailableError`, `RefusedError`, `UnknownOutcomeError`.
        """
        ...

    async def find(self, key: str) -> Receipt | None:
        """What the intake has under `key`; None when it surely has nothing.

        Raises `UnavailableError`, `UnknownOutcomeError`.
        """
        ...

    async def state(self, number: str) -> Receipt:
        """How a filed complaint stands. Raises as `find`, `RefusedError` for an unknown number."""
        ...
