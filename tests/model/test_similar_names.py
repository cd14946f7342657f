"""Tests that similar names equal those of difflib, with fewer comparisons."""

from difflib import SequenceMatcher, get_close_matches

from hypothesis import example, given
from hypothesis import strategies as st

from rbacpsp.model.similar_names import likeliest

TEXTS = st.text(alphabet="abCÉ:-1", max_size=9)


def by_difflib(word: str, names: list[str]) -> list[str]:
    """The result of difflib alone: at most three with a ratio of 0.7, and at most 0.12 below the best."""
    by_lower = {name.lower(): name for name in names}
    close = get_close_matches(word.lower(), by_lower, n=3, cutoff=0.7)
    ratios = [SequenceMatcher(None, match, word.lower()).ratio() for match in close]
    return [
        by_lower[match] for match, ratio in zip(close, ratios, strict=True) if ratio >= max(ratios) - 0.12
    ]


@given(word=TEXTS, names=st.lists(TEXTS, max_size=40))
@example(word="", names=["", "a"])
@example(word="sa-7", names=[f"sa-{number}" for number in range(30)])
def test_similar_names_are_those_of_difflib(word: str, names: list[str]) -> None:
    assert likeliest(word, names) == by_difflib(word, names)


def test_a_text_that_is_too_long_for_a_name_is_not_compared() -> None:
    assert likeliest("q" * 5_000, ["q" * 254]) == []
