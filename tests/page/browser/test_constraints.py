"""Tests security context constraints in a real browser: the answers, links and the keyboard."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from rbacpsp import Cluster
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.index import MASTERS_SUBJECT
from tests.page.browser.conftest import Open, Reader, sample
from tests.page.browser.test_views import AXE, visible_views
from tests.page.test_html import HOSTILE

pytestmark = pytest.mark.browser

STATES = (
    "overview",
    "constraints",
    "constraints?as=written",
    "constraint?name=terminals",
    "constraint?name=restricted-v2",
    "constraint?name=missing",
    "workloads",
    "workload?namespace=shop&kind=Deployment&name=till",
    "workload?namespace=shop&kind=Deployment&name=mail",
    "subject?subject=ServiceAccount%2Fshop%3Aterminal",
    "role?kind=ClusterRole&name=system%3Aopenshift%3Ascc%3Arestricted-v2",
    "namespace?namespace=shop",
)


def openshift() -> Cluster:
    return sample("scc-on-openshift")


def attributes(reader: Reader, name: str, where: str = "[data-view]") -> list[str]:
    result: list[str] = reader.page.eval_on_selector_all(
        f"{where} [data-{name}]", f"all => all.map(each => each.dataset['{name}'])"
    )
    return result


def test_every_state_is_a_link_that_shows_one_view(opened: Open) -> None:
    reader = opened(openshift())
    for state in STATES:
        reader.open(state)
        assert visible_views(reader) == [state.split("?")[0]], state


def test_the_users_of_constraints_are_those_of_scc_users(opened: Open) -> None:
    cluster = openshift()
    reader = opened(cluster)
    for name in cluster.objects.constraints:
        reader.ask(f"constraint?name={quote(name, safe='')}")
        users, _ = cluster.scc.users(name, None, cluster.catalog.controllers)
        said = {
            subject_text(user.subject) for user in users if user.listed or user.subject != MASTERS_SUBJECT
        }
        assert {*attributes(reader, "subject", "main"), *attributes(reader, "account")} == said, name


def test_a_workload_shows_every_one_in_the_order_of_the_server_and_the_winner(opened: Open) -> None:
    cluster = openshift()
    reader = opened(cluster)
    for row in cluster.scc_simulate():
        reader.ask(f"workload?namespace={row.namespace}&kind={row.kind}&name={row.name}")
        assert attributes(reader, "constraint") == list(row.ruling.admission.considered)
        assert attributes(reader, "winner") == [row.policy or ""]
    reader.ask("workload?namespace=shop&kind=Deployment&name=till")
    assert "by restricted-v2, through whoever creates the pods" in reader.text
    assert "Recorded on its pod: restricted drift" in " ".join(reader.text.split())
    assert "OpenShift 4.21" in reader.text


def test_a_subject_names_what_it_may_use_through_lists_and_bindings(opened: Open) -> None:
    reader = opened(openshift())
    reader.ask("subject?subject=ServiceAccount%2Fshop%3Aterminal")
    assert attributes(reader, "constraint") == ["terminals", "restricted-v2", "restricted-v3", "restricted"]
    assert "users: system:serviceaccount:shop:terminal" in reader.text


def test_constraints_are_found_by_search_by_key_and_from_a_role(opened: Open) -> None:
    reader = opened(openshift())
    keyboard = reader.page.keyboard
    keyboard.press("/")
    keyboard.type("terminals")
    keyboard.press("Enter")
    reader.page.wait_for_selector("[data-view=constraint]")
    keyboard.press("g")
    keyboard.press("c")
    reader.page.wait_for_selector("[data-view=constraints]")
    assert attributes(reader, "constraint")[:3] == ["terminals", "anyuid", "restricted-v2"]
    reader.ask("role?kind=ClusterRole&name=system%3Aopenshift%3Ascc%3Arestricted-v2")
    reader.page.click("[data-view=role] >> text=restricted-v2 >> nth=-1")
    assert reader.page.get_attribute("[data-menu=constraints]", "data-menu")


def test_a_cluster_without_constraints_has_no_link_to_them(opened: Open) -> None:
    reader = opened(sample("psp-on-eks"))
    assert reader.page.locator("[data-menu=constraints]").count() == 0
    reader.ask("constraints")
    assert "No SecurityContextConstraints were read" in reader.text


def hostile() -> Cluster:
    objects: list[dict[str, Any]] = [
        {
            "apiVersion": "security.openshift.io/v1",
            "kind": "SecurityContextConstraints",
            "metadata": {"name": name},
            "users": [name],
            "groups": [name],
            "volumes": [name],
            "seccompProfiles": [name],
            "runAsUser": {"type": "RunAsAny"},
            "seLinuxContext": {"type": "RunAsAny"},
        }
        for name in HOSTILE
    ]
    return Cluster.from_objects(objects)


def test_hostile_names_are_text(opened: Open) -> None:
    reader = opened(hostile())
    for name in HOSTILE:
        for state in (
            "constraints",
            f"constraint?name={quote(name, safe='')}",
            f"subject?subject={quote(f'User/{name}', safe='')}",
        ):
            reader.ask(state)
            strange = reader.page.eval_on_selector_all(
                "img, iframe, main script, [src], [onerror], [style]",
                "all => all.map(each => each.outerHTML)",
            )
            assert strange == [], state
            assert "\u202e" not in reader.text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_there_is_no_serious_obstacle_for_a_screen_reader(theme: str, opened: Open) -> None:
    reader = opened(openshift())
    reader.page.emulate_media(color_scheme=theme)
    reader.page.evaluate(AXE.read_text("utf-8"))
    for state in STATES:
        reader.ask(state)
        violations = reader.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
            ".filter(each => ['serious', 'critical'].includes(each.impact))"
            ".map(each => [each.id, each.nodes.slice(0, 3).map(node => [node.html, node.failureSummary])])"
        )
        assert violations == [], f"{state}: {json.dumps(violations, indent=1)}"


@pytest.mark.parametrize(("width", "media"), [(360, "screen"), (794, "print")])
def test_no_view_is_wider_than_a_phone_or_a_sheet(width: int, media: str, opened: Open) -> None:
    reader = opened(openshift())
    reader.page.emulate_media(media=media)
    reader.page.set_viewport_size({"width": width, "height": 900})
    for state in STATES:
        reader.ask(state)
        wide = reader.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, state
