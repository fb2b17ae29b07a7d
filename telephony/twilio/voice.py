"""Telephones a member of staff and says that a case waits; nobody else is ever called.

Survivors are not: a ringing telephone that somebody else holds betrays her.
"""

from __future__ import annotations

from datetime import datetime

from twilio.twiml.voice_response import VoiceResponse  # type: ignore[import-untyped]  # no types

from telephony.pool import pool
from telephony.sender import NotTakenError, SendRefusedError
from telephony.twilio.outbound import TwilioLine, earliest_of

TIMES = 2
"""How often each language is said: the first words are lost while she wakes up."""
RING_SECONDS = 30
"""The usual time before a mailbox picks up (Twilio's own default is 60)."""
LONGEST_CALL_SECONDS = 90
_VOICES = {
    "en": {"language": "en-GB"},
    "ur": {"language": "ur-IN", "voice": "Google.ur-IN-Standard-A"},
}
# The newest calls to one number: more than a ladder makes in a retry's time.
_LOOK_BACK = 20
_NEVER_RANG = frozenset({"failed", "canceled"})


class TwilioCaller(TwilioLine):
    """Implements `handoff.pager.PageCaller`."""

    async def call(self, address: str, words: tuple[tuple[str, str], ...]) -> str:
        """Calls `address`, says `words` (language, text) and returns the provider's id.

        Raises `SendRefusedError`, `NotTakenError` or `UnknownOutcomeError`. A house that
        sends through a Messaging Service has no number to call from: `NotTakenError`.
        """
        document = spoken(words)
        caller = next((one for one in pool(self._settings, "sms") if one.startswith("+")), None)
        if caller is None:
            raise NotTakenError("no_caller")

        def create() -> str:
            made = self._client().calls.create(
                to=address,
                from_=caller,
                twiml=document,
                timeout=RING_SECONDS,
                time_limit=LONGEST_CALL_SECONDS,
            )
            return str(made.sid)

        return await self._run(create)

    async def find_call(self, address: str, since: datetime) -> str | None:
        """The id of a call of ours to `address` since then that rang or will ring, or None.

        Raises `NotTakenError` or `UnknownOutcomeError` when it cannot look.
        """
        earliest = earliest_of(since)

        def look() -> str | None:
            for call in self._client().calls.list(to=address, limit=_LOOK_BACK):
                made = call.date_created
                if made is not None and made >= earliest and call.status not in _NEVER_RANG:
                    return str(call.sid)
            return None

        try:
            return await self._run(look)
        except SendRefusedError as error:
            # Refused to be looked up is not refused to be called.
            raise NotTakenError(error.provider_code) from None


def spoken(words: tuple[tuple[str, str], ...]) -> str:
    """What Twilio is to say, as TwiML: language after language, each `TIMES` times.

    English comes first and not in turns: should a voice be missing, what was said before
    it has been heard.
    """
    answer = VoiceResponse()
    for language, text in words:
        for _ in range(TIMES):
            answer.pause(length=1)
            answer.say(text, **_VOICES.get(language, _VOICES["en"]))
    return str(answer)
