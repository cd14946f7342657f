"""Decides whether several regions together allow every request of another one.

There are infinitely many verbs, names and URLs but finitely many classes of them, since values that match the
same words need not be distinguished. So each side of a region becomes a set of classes, a bit for each, and
regions become finite boxes.
"""

from collections.abc import Iterable, Sequence

from rbacpsp.comparison.region import Region
from rbacpsp.comparison.words import Above

Box = tuple[int, ...]
"""A region as a number for each side, with a bit for each class of values on the side."""


class Space:
    """The classes of values that some regions distinguish."""

    def __init__(self, regions: Sequence[Region]) -> None:
        """Find the classes of at least one region; all regions are of resources, or all of URLs."""
        self._bits = [
            _bits({word for region in regions for word in region.sides[side]}, above)
            for side, above in enumerate(regions[0].above)
        ]

    def box(self, region: Region) -> Box:
        """The box of a region whose words are all in the regions of this space."""
        return tuple(
            _joined_bits(bits[word] for word in side)
            for bits, side in zip(self._bits, region.sides, strict=True)
        )


def _bits(words: Iterable[str], above: Above) -> dict[str, int]:
    """The classes of values that each word matches.

    No finite number of narrower words covers a wider one: `/a*` matches a URL that no other word matches, and
    `*/scale` a resource that no other names. So each word has its own class, of the values that no narrower
    word matches, and the classes of all narrower words.
    """
    bits_of = {word: 1 << position for position, word in enumerate(sorted(words))}
    own_bits = dict(bits_of)
    for word, bit in own_bits.items():
        for wider in above(word):
            if wider in bits_of:
                bits_of[wider] |= bit
    return bits_of


def _joined_bits(numbers: Iterable[int]) -> int:
    total = 0
    for number in numbers:
        total |= number
    return total


def is_covered(box: Box, owners: Iterable[Box]) -> bool:
    """Whether some boxes of the same space together cover a box."""
    waiting = [(box, list(owners))]
    while waiting:
        rest, near = waiting.pop()
        meeting = [
            owner
            for owner in near
            if all(bits & owner_bits for bits, owner_bits in zip(rest, owner, strict=True))
        ]
        if not meeting:
            return False
        best = min(meeting, key=lambda owner: _sides_left(rest, owner))
        other_owners = [owner for owner in meeting if owner is not best]
        for side, (bits, owner_bits) in enumerate(zip(rest, best, strict=True)):
            if outside := bits & ~owner_bits:
                waiting.append(((*rest[:side], outside, *rest[side + 1 :]), other_owners))
                rest = (*rest[:side], bits & owner_bits, *rest[side + 1 :])
    return True


def _sides_left(box: Box, owner: Box) -> int:
    """The number of sides on which a box exceeds another."""
    return sum(bool(bits & ~owner_bits) for bits, owner_bits in zip(box, owner, strict=True))


def joined(boxes: Iterable[Box]) -> list[Box]:
    """The same boxes; those that differ on one side only are merged, such as rules for one name each."""
    box_list = list(dict.fromkeys(boxes))
    for side in range(len(box_list[0]) if box_list else 0):
        merged: dict[tuple[Box, Box], int] = {}
        for box in box_list:
            key = (box[:side], box[side + 1 :])
            merged[key] = merged.get(key, 0) | box[side]
        box_list = [(*before, bits, *after) for (before, after), bits in merged.items()]
    return box_list
