"""What Twilio's error codes mean for a message.

Each was read at its address (`docs_of`) on 2026-11-22. A code that is not here means
nothing to us, and its HTTP status decides. Left out because they could not be confirmed
or concern other countries: 63049, 30022, 30034.
"""

from __future__ import annotations

from telephony.sender import Meaning

_CODES: dict[Meaning, dict[int, str]] = {
    Meaning.LATER: {
        20429: "too many requests; never processed, safe to repeat",
        21611: "the queue of the sending number is full",
        30001: "queue overflow",
        # The two that may have arrived all the same: a receipt that says so stops the
        # second attempt, and one message twice is better than none.
        30008: "unknown error of the carrier",
        30410: "the carrier did not answer in time",
        30500: "internal error of Twilio",
        63009: "internal error of WhatsApp",
        63010: "internal error of Twilio's channel",
        63012: "internal error of the channel",
        63017: "too fast for the account",
        63018: "too fast for the channel",
    },
    Meaning.NEVER: {
        21211: "not a telephone number",
        21617: "longer than 1,600 characters",
        21656: "the variables are no JSON text",
        63005: "the channel did not accept the content",
        63021: "the channel found the content invalid",
        63028: "wrong count of parameters",
        63030: "a parameter that this kind of message has not",
    },
    Meaning.UNREACHABLE: {
        21612: "not reachable by SMS",
        21614: "not a mobile number",
        30003: "handset switched off or without signal",
        30004: "blocked from receiving",
        30005: "unknown handset",
        30006: "landline, or a carrier that cannot be reached",
        63003: "nobody at this address of the channel",
        63014: "she blocked the sender",
        63024: "not on WhatsApp",
        63032: "WhatsApp allows this user no such message",
    },
    Meaning.OPTED_OUT: {21610: "she wrote STOP; lifted by START"},
    Meaning.WINDOW: {63016: "free words outside 24 hours"},
    Meaning.TROUBLE: {
        20003: "wrong account or token",
        21408: "the account may not send to this country",
        21606: "the number may not send there",
        21910: "sender and recipient are of different channels",
        30002: "account suspended",
        30007: "filtered as spam",
        30024: "the sender is not registered with the carrier",
        63001: "the channel refused the account",
        63007: "the channel has no such sender",
        63008: "the channel is misconfigured",
        63013: "against the channel's policy",
        63015: "a sandbox that she has not joined",
        63020: "trouble with the business account",
        63027: "no template in this language",
        63038: "the account's messages of the day are used up",
        63040: "template rejected",
        63041: "template paused",
        63042: "template disabled",
        63051: "WhatsApp locked the business account",
    },
}
_MEANINGS = {str(code): meaning for meaning, codes in _CODES.items() for code in codes}


def meaning_of(code: str | None) -> Meaning | None:
    """What `code` means; None for one that is not known."""
    return _MEANINGS.get(code or "")


def docs_of(code: str) -> str:
    """Where Twilio describes a code."""
    return f"https://www.twilio.com/docs/api/errors/{code}"


def known_codes() -> frozenset[str]:
    """Every code that has a meaning here."""
    return frozenset(_MEANINGS)
