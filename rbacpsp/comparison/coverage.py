"""Is every request of one region allowed by several others together?

There are endlessly many verbs, names and URLs, yet finitely many kinds of them: values for which the same
words stand are never told apart. So each side of a region becomes the set of the kinds of values that it
holds, a bit each, and the question is one about finite boxes.
"""

from collections.abc import Iterable, Sequence

from rbacpsp.comparison.region import Region
from rbacpsp.comparison.words import Above

Box = tuple[int, ...]
"""A region as a number for each side, with a bit for each kind of value that the side holds."""


class Space:
    """The kinds of values that some regions tell apart."""

    def __init__(self, regions: Sequence[Region]) -> None:
        """Find the kinds; there is at least one region, and all are of resources or all of URLs."""
        self._bits = [
            _bits({word for region in regions for word in region.sides[place]}, above)
            for place, above in enumerate(regions[0].above)
        ]

    def box(self, region: Region) -> Box:
        """A region whose words are all among those that the space was made of."""
        return tuple(
            _joined_bits(bits[word] for word in side)
            for bits, side in zip(self._bits, region.sides, strict=True)
        )


def _bits(words: Iterable[str], above: Above) -> dict[str, int]:
    """The kinds of values for which each word stands.

    No finite number of narrower words exhausts a wider one: `/a*` holds a URL that no other word holds,
    `*/scale` a resource that none names. So each word has a kind of its own, the values for which no narrower
    word stands, and beside it the kinds of all words that are narrower.
    """
    found = {word: 1 << place for place, word in enumerate(sorted(words))}
    own = dict(found)
    for word, bit in own.items():
        for wider in above(word):
            if wider in found:
                found[wider] |= bit
    return found


def _joined_bits(numbers: Iterable[int]) -> int:
    total = 0
    for number in numbers:
        total |= number
    return total


def is_covered(box: Box, owners: Iterable[Box]) -> bool:
    """Whether boxes of the same space, together, hold all of a box."""
    waiting = [(box, list(owners))]
    while waiting:
        rest, near = waiting.pop()
        meeting = [owner for owner in near if all(one & two for one, two in zip(rest, owner, strict=True))]
        if not meeting:
            return False
        best = min(meeting, key=lambda owner: _sides_left(rest, owner))
        others = [owner for owner in meeting if owner is not best]
        for place, (one, two) in enumerate(zip(rest, best, strict=True)):
            if outside := one & ~two:
                waiting.append(((*rest[:place], outside, *rest[place + 1 :]), others))
                rest = (*rest[:place], one & two, *rest[place + 1 :])
    return True


def _sides_left(box: Box, owner: Box) -> int:
    """On how many sides a box reaches beyond another."""
    return sum(bool(one & ~two) for one, two in zip(box, owner, strict=True))


def joined(boxes: Iterable[Box]) -> list[Box]:
    """The same boxes; those that differ on one side only are made one, as rules for one name each are."""
    found = list(dict.fromkeys(boxes))
    for place in range(len(found[0]) if found else 0):
        merged: dict[tuple[Box, Box], int] = {}
        for box in found:
            key = (box[:place], box[place + 1 :])
            merged[key] = merged.get(key, 0) | box[place]
        found = [(*before, bits, *after) for (before, after), bits in merged.items()]
    return found
