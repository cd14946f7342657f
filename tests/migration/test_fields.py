"""Tests every field of a policy with an accepted and a refused pod: each engine decides as the plugin."""

import pytest

from rbacpsp.migration.cel import TRANSLATIONS
from rbacpsp.migration.controls import CONTROLS, controls_of
from rbacpsp.psp.versions import behavior
from tests.migration.build import ROOT, Server, cluster, migrated, open_policy
from tests.migration.fields import ROWS, Row

IDS = [f"{row.field}-{number}" for number, row in enumerate(ROWS)]


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    param: Row = request.param
    return param


@pytest.mark.parametrize("row", ROWS, ids=IDS, indirect=True)
def test_the_successor_judges_and_changes_a_pod_as_the_plugin_does(row: Row) -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    made = cluster(open_policy("only", row.annotations, **row.spec))
    server = Server(made, migrated(made).objects)
    for submitted, expected in [(each, True) for each in row.accepted] + [
        (each, False) for each in row.refused
    ]:
        judged = made.admit(submitted, user=ROOT, namespace="default")
        assert bool(judged) is expected, judged.message
        stored, messages = server.create(submitted)
        assert (messages == []) is expected, messages
        if judged.pod is not None:
            assert stored["spec"].get("securityContext") == judged.pod["spec"].get("securityContext")
            assert stored["spec"]["containers"] == judged.pod["spec"]["containers"]
            assert stored["spec"].get("runtimeClassName") == judged.pod["spec"].get("runtimeClassName")


def test_every_kind_of_control_is_translated_and_has_an_accepted_and_a_refused_pod() -> None:
    shown = {
        type(control)
        for row in ROWS
        if row.accepted and row.refused
        for control in controls_of(
            cluster(open_policy("only", row.annotations, **row.spec)).objects.policies["only"], behavior()
        ).controls
    }
    assert shown == set(CONTROLS) == set(TRANSLATIONS)
