"""Finds texts that are nearly the same, by the letter groups they share."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

_SIZE: Final = 4
_BLOCK: Final = 256


def twins(texts: Sequence[str], alike: float) -> Iterator[tuple[int, int]]:
    """Yield (earlier, later) positions of texts whose sets of four-letter groups overlap.

    `alike` is the least Jaccard share, 0 to 1; texts shorter than four letters have no groups
    and are never paired.
    """
    matrix = _groups(texts)
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    for start in range(0, len(texts), _BLOCK):
        common = (matrix[start : start + _BLOCK] @ matrix.T).tocoo()
        rows = common.row + start
        union = sizes[rows] + sizes[common.col] - common.data
        near = (common.data >= alike * union) & (rows < common.col)
        yield from zip(rows[near].tolist(), common.col[near].tolist(), strict=True)


def _groups(texts: Sequence[str]) -> csr_matrix:
    places: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for text in texts:
        found = {text[at : at + _SIZE] for at in range(len(text) - _SIZE + 1)}
        columns.extend(places.setdefault(group, len(places)) for group in found)
        ends.append(len(columns))
    shape = (len(texts), max(len(places), 1))
    return csr_matrix((np.ones(len(columns), dtype=np.float32), columns, ends), shape=shape)
