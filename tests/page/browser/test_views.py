"""Tests every view in a real browser: links, the keyboard, screen readers, hostile names."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.testing import binding, role, rule
from tests.page.browser.conftest import SAMPLES, Open, Reader, sample
from tests.page.test_html import HOSTILE

pytestmark = pytest.mark.browser

AXE = Path(rbacpsp.__file__).parent / "page" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
STATES = (
    "overview",
    "who-can",
    "who-can?verb=use&group=policy&resource=podsecuritypolicies&name=eks.privileged",
    "who-can?verb=get&path=%2Fhealthz",
    "why?subject=Group%2Fsystem%3Amasters&verb=get&resource=pods",
    "why?subject=User%2Falice&verb=delete&resource=nodes",
    "subjects",
    "subject?subject=ServiceAccount%2Fpsp-eks-restrictive%3Aeks-test-user",
    "policies",
    "policies?as=written",
    "policy?name=eks.privileged",
    "workloads",
    "workload?namespace=psp-eks-restrictive&kind=Deployment&name=web",
    "findings",
    "findings?by=finding",
    "paths",
    "paths?to=node&from=ServiceAccount%2Fpsp-eks-restrictive%3Aeks-test-user",
    "role?kind=ClusterRole&name=eks%3Apodsecuritypolicy%3Aprivileged",
    "binding?kind=ClusterRoleBinding&name=eks%3Apodsecuritypolicy%3Aauthenticated",
    "namespace?namespace=kube-system",
    "graph?node=s%3AServiceAccount%2Fpsp-eks-restrictive%3Aeks-test-user",
)


def eks() -> Cluster:
    return sample("psp-on-eks", "running.yaml")


def visible_views(reader: Reader) -> list[str]:
    result: list[str] = reader.page.eval_on_selector_all(
        "[data-view]", "views => views.filter(view => !view.hidden).map(view => view.dataset.view)"
    )
    return result


def test_every_state_is_a_link_that_shows_one_view(opened: Open) -> None:
    reader = opened(eks())
    assert visible_views(reader) == ["overview"]
    for state in STATES:
        reader.ask(state)
        assert visible_views(reader) == [state.split("?")[0]], state
    for state in STATES:
        reader.open(state)
        assert visible_views(reader) == [state.split("?")[0]], state


def test_going_back_shows_what_was_shown_before(opened: Open) -> None:
    reader = opened(eks())
    reader.ask("findings")
    reader.ask("who-can?verb=get&resource=secrets")
    reader.page.go_back()
    reader.page.wait_for_function("() => document.documentElement.dataset.shown === 'findings'")
    assert visible_views(reader) == ["findings"]


def test_an_unknown_view_is_reported(opened: Open) -> None:
    reader = opened(eks())
    for strange in ("nothing", "who-can?%zz=1&=&verb", "?", "subject?subject=", "graph?node=x%0Ab%3A99999"):
        reader.ask(strange)
        assert visible_views(reader) == [strange.split("?")[0]]


def test_the_header_and_the_views_say_what_the_command_line_says(opened: Open) -> None:
    reader = opened(eks())
    assert "Kubernetes 1.24, assumed" in reader.text
    reader.ask(STATES[2])
    assert reader.page.get_attribute("[data-view]", "data-count") == "2"
    rows = reader.page.eval_on_selector_all(
        "tr[data-subject]", "rows => rows.map(row => row.dataset.subject)"
    )
    assert rows == ["Group/system:masters", "Group/system:authenticated"]
    reader.ask("subject?subject=User%2Falice")
    assert reader.page.get_attribute("[data-view]", "data-subject") == "User/alice"
    reader.ask("workload?namespace=psp-eks-restrictive&kind=Deployment&name=web")
    assert "Admitted" in reader.text
    assert "by eks.privileged" in reader.text


def test_who_may_use_a_policy_and_through_what_is_three_clicks_away(opened: Open) -> None:
    reader = opened(sample("psp-on-eks"))
    reader.page.click("nav >> text=Policies")
    reader.page.click("[data-view=policies] >> text=eks.privileged >> nth=0")
    reader.page.wait_for_selector("[data-view=policy]")
    rows = reader.page.eval_on_selector_all(
        "tr[data-subject]",
        "rows => rows.map(row => [row.dataset.subject, row.innerText.replace(/\\s+/g, ' ')])",
    )
    [[subject, words]] = rows
    assert subject == "Group/system:authenticated"
    assert "ClusterRoleBinding eks:podsecuritypolicy:authenticated" in words
    assert "ClusterRole eks:podsecuritypolicy:privileged" in words


def test_a_question_can_be_asked_with_the_keyboard_only(opened: Open) -> None:
    reader = opened(eks())
    keyboard = reader.page.keyboard
    keyboard.press("g")
    keyboard.press("w")
    reader.page.wait_for_selector("[data-view=who-can]")
    reader.page.focus("input[name=verb]")
    keyboard.type("use")
    keyboard.press("Tab")
    keyboard.type("podsecuritypolicies")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.type("policy")
    keyboard.press("Enter")
    asked = "who-can?verb=use&resource=podsecuritypolicies&group=policy"
    reader.page.wait_for_function("asked => document.documentElement.dataset.shown === asked", arg=asked)
    assert reader.page.get_attribute("[data-view]", "data-count") == "1"


def test_search_finds_any_name_and_goes_there(opened: Open) -> None:
    reader = opened(eks())
    keyboard = reader.page.keyboard
    keyboard.press("/")
    keyboard.type("test-user")
    keyboard.press("ArrowDown")
    assert reader.page.get_attribute("[role=combobox]", "aria-activedescendant") == "found-0"
    keyboard.press("Enter")
    reader.page.wait_for_selector("[data-view=subject]")
    assert reader.page.get_attribute("[data-view]", "data-subject") == (
        "ServiceAccount/psp-eks-restrictive:eks-test-user"
    )


def test_the_keys_are_listed_and_the_theme_can_be_switched(opened: Open) -> None:
    reader = opened(eks())
    reader.page.keyboard.press("?")
    assert reader.page.is_visible("dialog[open] >> text=search every name")
    reader.page.keyboard.press("Escape")
    assert not reader.page.is_visible("dialog")
    before = reader.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    reader.page.keyboard.press("d")
    assert reader.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != before


def test_every_control_of_every_view_is_reached_with_tab(opened: Open) -> None:
    reader = opened(eks())
    for state in STATES:
        reader.ask(state)
        unreached = reader.page.eval_on_selector_all(
            "a, button, input, select, summary",
            "all => all.filter(each => each.tabIndex < 0 && !each.closest('.found'))"
            ".map(each => each.outerHTML)",
        )
        assert unreached == [], state


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_there_is_no_serious_obstacle_for_a_screen_reader(theme: str, opened: Open) -> None:
    reader = opened(eks())
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


def hostile() -> Cluster:
    objects: list[dict[str, Any]] = []
    for number, name in enumerate(HOSTILE):
        everything = {"apiGroups": [name, "*"], "resources": [name, "*"], "verbs": [name, "*"]}
        objects += [role(name, everything), binding(name, f"User/{name}", name=f"{number}{name}")]
    return Cluster.from_objects(objects)


def test_hostile_names_are_text_in_every_view(opened: Open) -> None:
    reader = opened(hostile())
    for name in HOSTILE:
        shown = quote(name, safe="")
        for state in (
            "overview",
            "who-can?verb=get&resource=secrets",
            f"who-can?verb={shown}&resource={shown}&namespace={shown}",
            f"subject?subject={quote(f'User/{name}', safe='')}",
            f"why?subject={quote(f'User/{name}', safe='')}&verb={shown}&resource={shown}",
            f"role?kind=ClusterRole&name={shown}",
            f"graph?node={quote(f's:User/{name}', safe='')}",
            f"paths?to=cluster-admin&from={quote(f'User/{name}', safe='')}",
            f"namespace?namespace={shown}",
            "findings?by=finding",
            "subjects",
        ):
            reader.ask(state)
            strange = reader.page.eval_on_selector_all(
                "img, iframe, object, embed, main script, [src], [onerror], [onload], [style]",
                "found => found.map(each => each.outerHTML)",
            )
            assert strange == [], state
            addresses = reader.page.eval_on_selector_all(
                "a[href]", "all => all.map(each => each.getAttribute('href'))"
            )
            assert [address for address in addresses if not address.startswith(("#", "https://"))] == []
            assert "\u202e" not in reader.text


def test_a_direction_mark_in_a_name_is_spelled_out(opened: Open) -> None:
    reader = opened(hostile())
    reader.ask("subjects")
    assert "a\\u202eb\\u2028c" in reader.text


def test_a_list_of_more_than_500_is_cut_and_counted_completely(opened: Open) -> None:
    many = [f"User/user-{number:04}" for number in range(1200)]
    reader = opened(
        Cluster.from_objects([role("reader", rule("get", "secrets")), binding("reader", *many, name="all")])
    )
    [[_, count, subjects]] = reader.ask_all(["who-can?verb=get&resource=secrets"])
    assert count == 1201
    assert len(subjects) == 500
    reader.page.click("text=Show more")
    assert reader.page.eval_on_selector_all("tr[data-subject]", "rows => rows.length") == 1000


def test_the_print_of_every_view_is_complete(opened: Open) -> None:
    reader = opened(eks())
    reader.page.emulate_media(media="print")
    reader.page.set_viewport_size({"width": 794, "height": 1123})  # A4
    for state in STATES:
        reader.ask(state)
        assert not reader.page.is_visible("nav"), state
        wide = reader.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, state


def test_folded_parts_are_printed_open_and_folded_again_afterwards(opened: Open) -> None:
    reader = opened(eks())
    reader.ask("findings")
    folds = "[data-view] details"
    assert reader.page.locator(folds).count() > 0
    assert reader.page.locator(f"{folds}[open]").count() == 0
    reader.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert reader.page.locator(f"{folds}:not([open])").count() == 0
    words = " ".join(reader.text.split())
    assert "RoleBinding eks-test-editor in psp-eks-restrictive \u2192 rule" in words
    reader.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert reader.page.locator(f"{folds}[open]").count() == 0


def test_a_phone_scrolls_its_menu_to_the_view_that_is_shown(opened: Open) -> None:
    reader = opened(eks())
    reader.page.set_viewport_size({"width": 360, "height": 780})
    reader.ask("paths")
    box = reader.page.locator("nav [aria-current]").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= 360 - box["width"]


def test_a_phone_never_scrolls_sideways(opened: Open) -> None:
    reader = opened(eks())
    reader.page.set_viewport_size({"width": 360, "height": 780})
    for state in STATES:
        reader.ask(state)
        wide = reader.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, state


def test_without_scripts_the_tables_are_read(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    rbacpsp.load(SAMPLES / "psp-on-eks").explore().write(file)
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(file.as_uri())
    assert "Group/system:authenticated" in page.inner_text("body")
    page.close()
