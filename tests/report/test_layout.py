"""Tests the layered layout: columns, no overlap, and the same numbers as the explorer's."""

from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.report.graph.layout import Box, layout, measure, width
from tests.page import layouts

boxes = st.lists(
    st.builds(Box, st.integers(0, 4), st.lists(st.text(max_size=20), min_size=1, max_size=3).map(tuple)),
    max_size=20,
)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[tuple[int, int]]]:
    made = draw(boxes)
    if not made:
        return [], []
    places = st.integers(0, len(made) - 1)
    return made, draw(st.lists(st.tuples(places, places), max_size=30))


@given(graphs())
def test_boxes_never_overlap_and_lie_within_the_picture(
    graph: tuple[list[Box], list[tuple[int, int]]],
) -> None:
    placed = layout(*graph)
    for place, one in enumerate(placed.boxes):
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= placed.width
        assert one.y + one.height <= placed.height + 1e-6
        for other in placed.boxes[:place]:
            apart = (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y + 1e-6
                or other.y + other.height <= one.y + 1e-6
            )
            assert apart


@given(graphs())
def test_a_later_layer_is_further_right_and_every_label_has_room(
    graph: tuple[list[Box], list[tuple[int, int]]],
) -> None:
    given_boxes, _ = graph
    placed = layout(*graph).boxes
    for box, where in zip(given_boxes, placed, strict=True):
        assert where.width >= width(box)
        for other, there in zip(given_boxes, placed, strict=True):
            assert (where.x < there.x) == (box.layer < other.layer)


def test_characters_of_east_asia_count_twice() -> None:
    assert [measure(text) for text in ("abc", "名前", "")] == [3, 4, 0]


def test_two_connected_boxes_are_at_the_same_height() -> None:
    placed = layout([Box(0, ("a",)), Box(1, ("b",))], [(0, 1)])
    assert [(box.x, box.y, box.height) for box in placed.boxes] == [(16, 16, 31), (132, 16, 31)]
    assert (placed.width, placed.height) == (220, 63)


def test_the_layouts_equal_the_recorded_ones() -> None:
    assert layouts.FILE.read_text("utf-8") == layouts.text(), "run python -m tests.page.layouts"
