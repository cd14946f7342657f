"""Tests every input that the fuzzer once found."""

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.targets import TARGETS, made

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*-*"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_an_input_that_once_failed_does_not(path: Path) -> None:
    TARGETS[path.name.rpartition("-")[0]](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_a_few_inputs_of_each_target_do_what_is_documented(target: str) -> None:
    random = Random(7)
    for _ in range(5):
        TARGETS[target](made(target, random))
