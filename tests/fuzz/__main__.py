"""Fuzzes for some seconds: `python -m tests.fuzz [--seconds N] [--seed N] [--target NAME]`.

What fails is kept in `tests/fuzz/corpus`, where it stays a test.
"""

import argparse
import hashlib
import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random, SystemRandom

from tests.fuzz.targets import TARGETS, made

CORPUS = Path(__file__).parent / "corpus"
MOST_SECONDS = 5.0
"""Of the processor's time, for one input."""
MOST_KIB = 1 << 20
"""Of memory, for all of them: 1 GiB."""


def main() -> int:
    """Run the fuzzer; return 1 if a target failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    parser.add_argument("--target", choices=TARGETS, action="append")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    random = Random(given.seed)
    targets = given.target or list(TARGETS)
    tried: Counter[str] = Counter()
    failed = 0
    end = time.monotonic() + given.seconds
    while time.monotonic() < end:
        target = random.choice(targets)
        data = made(target, random)
        tried[target] += 1
        why = _failure(target, data)
        if why:
            failed += 1
            kept = CORPUS / f"{target}-{hashlib.sha256(data).hexdigest()[:12]}"
            kept.write_bytes(data)
            print(f"{kept}: {why}", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counts = ", ".join(f"{count} {target}" for target, count in sorted(tried.items()))
    print(f"{counts}; {failed} failed; {memory >> 10} MiB of memory at most")
    if memory > MOST_KIB:
        print("more than 1 GiB of memory was needed")
    return int(failed > 0 or memory > MOST_KIB)


def _failure(target: str, data: bytes) -> str:
    began = time.process_time()
    try:
        TARGETS[target](data)
    except Exception:  # noqa: BLE001 - which is what is looked for
        return traceback.format_exc(limit=-8)
    took = time.process_time() - began
    return f"it took {took:.1f} s" if took > MOST_SECONDS else ""


if __name__ == "__main__":
    sys.exit(main())
