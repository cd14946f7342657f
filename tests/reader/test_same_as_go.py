"""Tests that inputs give the same objects as upstream's decoders, or differ for a listed reason."""

import os
from random import Random, SystemRandom

import pytest

from tests.reader import upstream
from tests.reader.compare import Outcome, compare
from tests.reader.mutations import KINDS
from tests.reader.odd import odd
from tests.reader.reasons import reason
from tests.reader.seeds import seeds

BATCH = 500
MUTATED, ODD = 20_000, 5_000


@pytest.fixture(scope="module")
def go() -> None:
    """Build the Go program; a machine without Go says that these tests did not run."""
    try:
        upstream.program()
    except upstream.NoGoError as missing:
        if os.environ.get("RBACPSP_LIVE"):
            raise
        pytest.skip(f"not run: {missing}")


def differences(outcome: Outcome) -> str:
    return "\n".join(map(str, outcome.differences[:5]))


@pytest.mark.live
@pytest.mark.usefixtures("go")
def test_good_input_is_read_alike() -> None:
    outcome = Outcome()
    compare([text.encode() for text in seeds()], outcome)
    assert differences(outcome) == ""
    assert outcome.counts["equal, with objects"] > 100


@pytest.mark.live
@pytest.mark.usefixtures("go")
@pytest.mark.parametrize("kind", [*KINDS, "odd"])
def test_bad_input_is_read_alike_or_refused_for_a_written_reason(kind: str) -> None:
    long = bool(os.environ.get("RBACPSP_LONG"))
    seed = int(os.environ.get("RBACPSP_SEED") or (SystemRandom().randrange(1 << 32) if long else 1))
    random, texts, outcome = Random(seed), seeds(), Outcome()
    left = ODD if kind == "odd" else MUTATED // len(KINDS)
    while left > 0:
        count = min(BATCH, left)
        compare([KINDS[kind](random, texts) if kind in KINDS else odd(random) for _ in range(count)], outcome)
        left -= count
    print(f"seed {seed}: {dict(outcome.counts)}")
    assert differences(outcome) == "", f"RBACPSP_SEED={seed}"


def test_a_refusal_has_a_reason_only_where_its_words_and_the_input_fit() -> None:
    assert reason("there is no apiVersion", b"a") == "an object needs an apiVersion, as the server demands"
    assert reason("there is no apiVersion at all", b"a") is None
    wanted = "upstream: error converting YAML to JSON: yaml: did not find expected <document start>"
    assert (reason(wanted, b"%YAML 1.1"), reason(wanted, b"a")) == ("directives alone are no document", None)
