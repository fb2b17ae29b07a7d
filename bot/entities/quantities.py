"""Amounts of money and ages: numbers with words, and what tells them from other numbers."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.entities.found import Found
from bot.entities.tokens import BREAK, NUMBER, Token
from bot.entities.words import Words

OLDEST: Final = 120
_CURRENCY: Final = "PKR"
_LARGEST: Final = 10**12
_NEAR: Final = 6
_BESIDE: Final = 2
# Without a word for a currency: below it is a count, and these are years.
_LEAST: Final = 100
_YEARS: Final = range(1900, 2101)
_HALVES: Final = {-0.5: 0.5, -0.25: 0.25}
_TEN: Final = 10
_ROUND: Final = 100
_THOUSAND: Final = 1_000


def money(tokens: Sequence[Token], words: Words) -> Iterator[Found]:
    """Yield amounts in rupees; an amount in another currency is none of ours."""
    position = free = 0
    while position < len(tokens):
        amount, end = amount_at(tokens, position, words)
        if amount is None:
            position += 1
            continue
        first, last = _with_currency(tokens, position, end, words, free)
        named = (first, last) != (position, end)
        if 0 < amount <= _LARGEST and (named or _is_money(tokens, position, end, amount, words)):
            value = {"amount": round(amount), "currency": _CURRENCY}
            yield Found("money", value, tokens[first].start, tokens[last - 1].end)
        position = free = max(end, last)


def amount_at(tokens: Sequence[Token], start: int, words: Words) -> tuple[float | None, int]:
    """Return the number that begins at a token and the token after it; None for none.

    "do lakh pachas hazar" is 250,000, "sarhe teen lakh" 350,000, "5k" 5,000.
    """
    total, last_step, position = 0.0, float("inf"), start
    while position < len(tokens):
        figure, end = _figure(tokens, position, words)
        if figure is None:
            break
        step, after = _step(tokens, end, words)
        if step > 1 and step < last_step:
            total, last_step, position = total + figure * step, step, after
            while position < len(tokens) and tokens[position].key in words.multipliers:
                total *= words.multipliers[tokens[position].key]
                position += 1
            continue
        # "15 hazar do" asks to give 15,000: "do" is also two.
        if position == start or _TEN <= figure < last_step:
            total, position = total + figure, end
        break
    return (total, position) if position > start else (None, start)


def age(tokens: Sequence[Token], start: int, end: int, words: Words, direct: bool) -> Found | None:
    """Return the age in a combination of the Matcher, or None when it is no age.

    `direct` is "I am 15", which is an age only when the clause ends there.
    """
    place = _number_place(tokens, start, end, words)
    if place is None or _continues(tokens, end, words, direct):
        return None
    years, _ = _figure(tokens, place, words)
    if years is None or years != int(years) or not 0 <= years <= OLDEST:
        return None
    if direct and tokens[place].key != NUMBER and years < _TEN:
        return None  # "I am a", "i do": small number words are too often other words
    first, tens = _tens(tokens, place, words) if years < _TEN else (start, 0)
    return Found("age", int(years) + tens, tokens[min(first, start)].start, tokens[end - 1].end)


def number_of(token: Token, words: Words) -> float | None:
    """Return the number that one token says, in figures or as a word."""
    return token.number if token.key == NUMBER else words.numbers.get(token.key)


def _figure(tokens: Sequence[Token], start: int, words: Words) -> tuple[float | None, int]:
    """Return one number below its multiplier; "and a half" before it is added."""
    if start >= len(tokens):
        return None, start
    value = number_of(tokens[start], words)
    if value in _HALVES:
        following = number_of(tokens[start + 1], words) if start + 1 < len(tokens) else None
        more = _HALVES[value]
        return (1 + more, start + 1) if following is None else (following + more, start + 2)
    return value, start + 1


def _step(tokens: Sequence[Token], position: int, words: Words) -> tuple[int, int]:
    """Return what the number is multiplied by and the token after; 1 for nothing."""
    if position >= len(tokens):
        return 1, position
    token = tokens[position]
    glued = token.start == tokens[position - 1].end
    if token.key == "k":
        # Parted by a space it is Roman Urdu for "of".
        return (_THOUSAND, position + 1) if glued else (1, position)
    step = words.multipliers.get(token.key, 1)
    return step, position + (step > 1)


def _with_currency(
    tokens: Sequence[Token], start: int, end: int, words: Words, free: int
) -> tuple[int, int]:
    """Return the amount's place widened by a word for rupees before or after it.

    What lies before `free` belongs to the amount before this one.
    """
    rupees = words.cue("PKR")
    first = start
    if start > free and tokens[start - 1].key in rupees:
        first = start - 1
    elif start > free + 1 and (tokens[start - 2].key, tokens[start - 1].key) == ("rs", BREAK):
        first = start - 2  # "Rs. 500"
    last = end
    while last < len(tokens) and last < end + _BESIDE and tokens[last].key in rupees:
        last += 1
    return first, last


def _is_money(tokens: Sequence[Token], start: int, end: int, amount: float, words: Words) -> bool:
    """Tell whether a number without a currency is money, by the words around it."""
    around = {token.key for token in tokens[max(0, start - 1) : end + 1]}
    after = tokens[end].key if end < len(tokens) else ""
    before = {token.key for token in tokens[max(0, start - _NEAR) : start]}
    if around & words.cue("foreign") or before & words.cue("section"):
        return False
    if after in words.units or after in words.cue("counted"):
        return False
    multiplied = end - start > 1
    if amount % _ROUND and int(amount) in _YEARS:
        return False
    if not multiplied and (amount < _LEAST or tokens[start].key != NUMBER):
        return False
    reach = _NEAR if multiplied else _BESIDE
    nearby = {token.key for token in tokens[max(0, start - reach) : end + reach]}
    # "Give" says money only beside a round amount: a page can give a 404.
    given = multiplied or not amount % _ROUND
    return bool(nearby & words.cue("money") or (given and nearby & words.cue("give")))


def _number_place(tokens: Sequence[Token], start: int, end: int, words: Words) -> int | None:
    """Return where the number stands; figures before words, which may be other words."""
    places = [i for i in range(start, end) if number_of(tokens[i], words) is not None]
    figures = [i for i in places if tokens[i].key == NUMBER]
    return next(iter(figures or places), None)


def _tens(tokens: Sequence[Token], place: int, words: Words) -> tuple[int, int]:
    """Return where "twenty and" begins before a small number, and the twenty; else 0."""
    if place < _BESIDE or tokens[place - 1].key not in words.cue("and"):
        return place, 0
    tens = number_of(tokens[place - 2], words) or 0
    return (place - 2, int(tens)) if tens % _TEN == 0 and tens >= _BESIDE * _TEN else (place, 0)


def _continues(tokens: Sequence[Token], end: int, words: Words, direct: bool) -> bool:
    """Tell whether what follows makes it a duration, an amount or an hour instead."""
    following = [token.key for token in tokens[end : end + _BESIDE]]
    if BREAK in following:
        following = following[: following.index(BREAK)]
    if direct:
        return bool(following) and following[0] not in words.cue("after_age")
    if any(key in words.cue("not_age") for key in following):
        return True
    return bool(following) and (
        following[0] in words.multipliers
        or following[0] in words.cue("clock")
        or following[0] in words.cue("PKR")
        or (following[0] in words.units and words.units[following[0]] != "year")
    )
