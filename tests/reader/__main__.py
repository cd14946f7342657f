"""Compares our decoders with upstream's: `python -m tests.reader [--seed N] [--mutated N] [--odd N]`."""

import argparse
import sys
from random import Random, SystemRandom

from tests.reader.compare import Outcome, compare
from tests.reader.mutations import KINDS
from tests.reader.odd import odd
from tests.reader.seeds import seeds

BATCH = 500


def main() -> int:
    """Run, and print the counts and the differences; return 1 if there is a difference."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    parser.add_argument("--mutated", type=int, default=20_000)
    parser.add_argument("--odd", type=int, default=5_000)
    parser.add_argument("--show", type=int, default=20)
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    random = Random(given.seed)
    texts = seeds()
    outcomes = {name: Outcome() for name in (*KINDS, "odd")}
    wanted = dict.fromkeys(KINDS, given.mutated // len(KINDS)) | {"odd": given.odd}
    for name, outcome in outcomes.items():
        left = wanted[name]
        while left > 0:
            count = min(BATCH, left)
            make = KINDS.get(name)
            compare([make(random, texts) if make else odd(random) for _ in range(count)], outcome)
            left -= count
        print(
            f"{name}: " + ", ".join(f"{count} {what}" for what, count in sorted(outcome.counts.items())),
            flush=True,
        )
        for reason, count in outcome.reasons.most_common():
            print(f"    {count:6} {reason}")
    differences = [one for outcome in outcomes.values() for one in outcome.differences]
    for one in differences[: given.show]:
        print(one)
    return bool(differences)


sys.exit(main())
