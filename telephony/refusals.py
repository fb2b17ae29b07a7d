"""Refuses requests that do not prove whose they are, and tells the operator."""

from __future__ import annotations

from amaan.errors import NotAllowedError
from amaan.logs import log
from amaan.operator_alarms import OperatorAlarms
from telephony.arrivals import STORAGE_TROUBLE


class Refusals:
    """Raises the operator alarm `kind`: a refused message may be a true one, wrongly signed."""

    def __init__(self, alarms: OperatorAlarms, kind: str) -> None:
        self._alarms = alarms
        self._kind = kind
        self._raising = False

    async def alarm(self, code: str) -> NotAllowedError:
        """Alarms the operator of a request refused with `code`; the error for its sender."""
        log().warning("request_refused", kind=self._kind, code=code)
        # One write at a time: a flood of forged requests must not take the
        # database connections that real messages need.
        if not self._raising:
            self._raising = True
            try:
                await self._alarms.raise_alarm(self._kind)
            except STORAGE_TROUBLE as error:
                # The database's trouble does not make a forged request ours.
                log().error("alarm_not_raised", error_type=type(error).__name__)
            finally:
                self._raising = False
        return NotAllowedError(code=code)
