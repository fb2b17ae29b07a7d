"""What the intake's answers mean for a complaint: taken, surely not taken, or not known.

Nothing of an answer but its status, its `ProblemCode` and a complaint's state is believed or
repeated. Whatever is not known to have left the complaint untouched counts as unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from pydantic import ValidationError

from amaan.errors import AmaanError, UnknownOutcomeError
from intake.contract.models import Acknowledgement, Problem, ProblemCode
from intake.port import Receipt, RefusedError, UnavailableError

MAX_ANSWER_BYTES: Final = 64 * 1024
"""Far past any answer of the contract."""
_LONGEST_WAIT = timedelta(days=1)
_REFUSING = frozenset({400, 404, 409, 413, 422})
_UNTOUCHED = frozenset(range(300, 500)) - {408}
"""Answers after which a complaint was certainly not taken."""
_COME_AGAIN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    """At most `MAX_ANSWER_BYTES`; an empty one when it was longer."""
    retry_after: str | None = None

    @property
    def problem(self) -> ProblemCode | None:
        """The code of the contract's error; None when it is none of the contract's."""
        try:
            return Problem.model_validate_json(self.body).code
        except ValidationError:
            return None


def receipt_of(answer: Answer, *, sent: str = "") -> Receipt:
    """The receipt in a good answer. Raises `UnknownOutcomeError` when it is not the contract's."""
    try:
        found = Acknowledgement.model_validate_json(answer.body)
    except ValidationError:
        raise unknown("intake_answer_changed") from None
    return Receipt(number=found.number, state=found.state, at=found.at, sent=sent)


def failure_of(answer: Answer, now: datetime) -> AmaanError:
    """The error that a bad answer to a complaint is."""
    problem = answer.problem
    code = f"intake_{problem.value if problem else answer.status}"
    if answer.status in _COME_AGAIN:
        return UnavailableError(code=code, wait=wait_of(answer.retry_after, now))
    if answer.status not in _UNTOUCHED:
        return unknown()
    if answer.status in _REFUSING:
        return RefusedError(code=code)
    # About our token, our key or the address of the intake: an operator's matter.
    return UnavailableError(code=code)


def look_up_failure_of(answer: Answer, now: datetime) -> AmaanError:
    """The error that a bad answer to a question is: to refuse to look is not to have nothing."""
    failure = failure_of(answer, now)
    return unknown() if isinstance(failure, RefusedError) else failure


def unknown(code: str = "intake_unknown") -> UnknownOutcomeError:
    """That the answer was lost or cannot be read."""
    return UnknownOutcomeError("the intake's answer was lost", code=code)


def wait_of(retry_after: str | None, now: datetime) -> timedelta | None:
    """``Retry-After`` as seconds or as a date (RFC 9110, 10.2.3), between nothing and a day."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        # Cut before it is read: a number of a thousand digits is a day as well.
        wait = timedelta(seconds=int(retry_after[:9]))
    else:
        try:
            at = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), _LONGEST_WAIT)
