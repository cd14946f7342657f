"""Tests `rbacpsp usage` and `verify --audit-log` on the log of a real server."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from tests.auditlog.events import event, lines, pods

SAMPLE = "sample_clusters/audit-log"
NOT_JSON = (
    "this is not JSON, or it was cut short; name an audit log of the API server, or an export of one from "
    "EKS, AKS or GKE"
)
LOG, CLUSTER, CHANGE = f"{SAMPLE}/log", f"{SAMPLE}/cluster.yaml", f"{SAMPLE}/change.yaml"


def run(*words: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, [*words], input=stdin, prog_name="rbacpsp")


def answer_of(*words: str, code: int = 0) -> dict[str, Any]:
    result = run(*words, "-f", CLUSTER, "-o", "json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_every_recorded_decision_equals_that_of_the_analyzer() -> None:
    assert answer_of("verify", "--audit-log", LOG) == {
        "apiVersion": "rbacpsp.io/v1",
        "kind": "AuditLogVerification",
        "kubernetesVersion": "1.37",
        "versionAssumed": True,
        "requests": 27,
        "same": 27,
        "different": [],
    }


def test_a_differing_decision_is_reported_with_both_reasons(tmp_path: Path) -> None:
    sentence = 'RBAC: allowed by ClusterRoleBinding "{}" of ClusterRole "pod-reader" to User "monitor"'
    ours = sentence.format("monitor")
    attributes: dict[str, Any] = {"verb": "list", "user": "monitor", "ref": pods()}
    log = tmp_path / "audit.log"
    log.write_bytes(
        lines(
            [
                event(**attributes, reason=ours, auditID="same"),
                event(**attributes, auditID="no reason"),
                event(**attributes, reason=sentence.format("gone"), auditID="reason"),
                event(**attributes, decision="forbid", auditID="refused"),
                event("delete", user="monitor", ref=pods("a"), reason=ours, auditID="allowed"),
            ]
        )
    )
    document = answer_of("verify", "--audit-log", str(log), code=1)
    assert (document["requests"], document["same"]) == (5, 2)
    assert document["different"] == [
        {
            "auditID": "reason",
            "recorded": {"decision": "allow", "reason": sentence.format("gone")},
            "ours": {"allowed": True, "reasons": [ours]},
        },
        {
            "auditID": "refused",
            "recorded": {"decision": "forbid", "reason": ""},
            "ours": {"allowed": True, "reasons": [ours]},
        },
        {
            "auditID": "allowed",
            "recorded": {"decision": "allow", "reason": ours},
            "ours": {"allowed": False, "reasons": []},
        },
    ]


def test_usage_has_a_row_for_each_subject_and_rule() -> None:
    document = answer_of("usage", LOG)
    assert document["kind"] == "Usage"
    assert {
        key: document["window"][key] for key in ("requests", "allowed", "denied", "duplicates", "damaged")
    } == {
        "requests": 27,
        "allowed": 26,
        "denied": 1,
        "duplicates": 0,
        "damaged": 0,
    }
    assert document["window"]["first"] < document["window"]["last"]
    used = {
        (item["subject"]["name"], item["binding"]["name"], item["ruleIndex"]): (
            item["used"],
            item["count"],
            item["alone"],
        )
        for item in document["items"]
    }
    assert used["intern", "incident-42", 0] == (False, 0, 0)
    assert used["monitor", "monitor", 0] == (True, 3, 3)
    assert used["carla", "carla-deploys", 0] == (True, 3, 0)
    assert used["alice", "support", 1] == (True, 1, 1)
    (row,) = (item for item in document["items"] if item["binding"]["name"] == "monitor-urls")
    assert row["requests"] == [
        {"user": "monitor", "nonResourceAttributes": {"verb": "get", "path": "/metrics"}, "count": 1}
    ]


def test_removable_grants_are_listed_alone_and_together() -> None:
    document = answer_of("usage", "unused", LOG, "--min-days", "0")
    incident = {
        "what": "binding",
        "binding": {"kind": "ClusterRoleBinding", "name": "incident-42"},
        "status": "removable",
    }
    carla = {
        "what": "binding",
        "binding": {"kind": "RoleBinding", "namespace": "shop", "name": "carla-deploys"},
        "status": "removable",
    }
    deployer = carla | {"binding": {"kind": "RoleBinding", "namespace": "shop", "name": "deployer"}}
    granter = {
        "what": "binding",
        "binding": {"kind": "ClusterRoleBinding", "name": "role-granter"},
        "status": "not observable",
    }
    assert document["items"] == [incident, carla, deployer, granter]
    assert document["together"] == [incident, carla]
    assert document["details"][0]["severity"] == "critical"


def test_a_short_log_makes_nothing_removable() -> None:
    assert {item["status"] for item in answer_of("usage", "unused", LOG)["items"]} == {
        "not seen",
        "not observable",
    }
    result = run("usage", "unused", LOG, "-f", CLUSTER)
    assert (
        "0.0 days of log are fewer than 30: rarer requests may be missing, so nothing is called removable."
        in result.stderr
    )


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (
            "subject",
            {
                "what": "subject",
                "binding": {"kind": "ClusterRoleBinding", "name": "incident-42"},
                "subject": {"kind": "User", "name": "intern", "apiGroup": "rbac.authorization.k8s.io"},
                "status": "removable",
            },
        ),
        (
            "rule",
            {
                "what": "rule",
                "role": {"kind": "ClusterRole", "name": "role-granter"},
                "ruleIndex": 0,
                "status": "not observable",
            },
        ),
        (
            "verb",
            {
                "what": "verb",
                "role": {"kind": "Role", "namespace": "shop", "name": "deployer"},
                "ruleIndex": 2,
                "verb": "delete",
                "status": "removable",
            },
        ),
        (
            "resource",
            {
                "what": "resource",
                "role": {"kind": "Role", "namespace": "shop", "name": "web"},
                "ruleIndex": 1,
                "resource": "services",
                "status": "removable",
            },
        ),
        (
            "name",
            {
                "what": "name",
                "role": {"kind": "Role", "namespace": "shop", "name": "web"},
                "ruleIndex": 2,
                "name": "web-token",
                "status": "removable",
            },
        ),
        (
            "url",
            {
                "what": "url",
                "role": {"kind": "ClusterRole", "name": "url-reader"},
                "ruleIndex": 0,
                "url": "/logs/*",
                "status": "removable",
            },
        ),
    ],
)
def test_each_grouping_lists_the_unused_parts_of_grants(by: str, expected: dict[str, Any]) -> None:
    assert expected in answer_of("usage", "unused", LOG, "--by", by, "--min-days", "0")["items"]


def test_default_objects_are_left_out_without_the_option() -> None:
    names = [
        item["role"]["name"]
        for item in answer_of("usage", "unused", LOG, "--by", "rule", "--include-system")["items"]
    ]
    assert "cluster-admin" in names
    assert "cluster-admin" not in [
        item["role"]["name"] for item in answer_of("usage", "unused", LOG, "--by", "rule")["items"]
    ]


def test_the_smallest_roles_of_a_user_are_a_list_that_applies() -> None:
    document = answer_of("usage", "role", "--user", "monitor", LOG, "--generalise", "none")
    assert (document["kind"], document["apiVersion"]) == ("List", "v1")
    role, binding = document["items"]
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
    ]
    assert binding["subjects"] == [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "monitor"}
    ]


def test_a_change_that_breaks_recorded_requests_ends_with_1() -> None:
    document = answer_of("usage", "check", CHANGE, LOG, code=1)
    assert (document["kind"], document["requests"], len(document["broken"])) == ("UsageCheck", 33, 3)
    assert document["broken"][0] == {
        "user": "carla",
        "groups": ["developers", "system:authenticated"],
        "resourceAttributes": {"namespace": "shop", "verb": "create", "resource": "configmaps"},
        "count": 1,
    }


def test_a_change_that_breaks_nothing_ends_with_0(tmp_path: Path) -> None:
    change = tmp_path / "change.yaml"
    change.write_text(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x, namespace: shop}\n", encoding="utf-8"
    )
    assert answer_of("usage", "check", str(change), LOG)["broken"] == []
    document = answer_of(
        "usage", "check", str(change), LOG, "--without", "clusterrolebinding/monitor", code=1
    )
    assert [broken["user"] for broken in document["broken"]] == ["monitor"]


def test_refused_requests_are_listed_with_the_grant_that_allows_them() -> None:
    (item,) = answer_of("usage", "denied", LOG)["items"]
    assert item["resourceAttributes"] == {"verb": "list", "resource": "nodes"}
    assert (item["count"], item["allowedNow"]) == (1, False)
    assert [obj["kind"] for obj in item["grant"]] == ["ClusterRole", "ClusterRoleBinding"]


@pytest.mark.parametrize("form", ["table", "wide", "yaml", "csv", "markdown", "name", "html"])
@pytest.mark.parametrize("words", [("usage",), ("usage", "unused"), ("usage", "denied")])
def test_every_format_is_written(words: tuple[str, ...], form: str) -> None:
    result = run(*words, LOG, "-f", CLUSTER, "-o", form)
    assert result.exit_code == 0
    assert result.stdout


def test_hostile_names_are_harmless_on_a_page(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    log.write_bytes(lines([event(user="<script>\x1b[31m", ref=pods(), decision="forbid")]))
    page = run("usage", "denied", str(log), "-f", CLUSTER, "-o", "html").stdout
    assert "<script>" not in page
    assert "\x1b" not in page
    assert "\x1b" not in run("usage", "denied", str(log), "-f", CLUSTER).stdout


@pytest.mark.parametrize("words", [("usage",), ("usage", "unused", "--min-days", "0"), ("usage", "denied")])
def test_redacted_answers_are_the_same_with_other_names(words: tuple[str, ...]) -> None:
    plain, redacted = answer_of(*words, LOG), answer_of(*words, LOG, "--redact")
    text = json.dumps(redacted)
    assert [name for name in ("carla", "intern", "developers", "shop") if f'"{name}"' in text] == []
    assert len(redacted["items"]) == len(plain["items"])
    assert redacted["window"]["requests"] == plain["window"]["requests"]
    for key in ("count", "status", "alone"):
        assert sorted(str(item.get(key)) for item in redacted["items"]) == sorted(
            str(item.get(key)) for item in plain["items"]
        )


def test_standard_input_is_a_log() -> None:
    result = run("usage", "-", "-f", CLUSTER, "-o", "json", stdin=lines([event(ref=pods())]))
    assert json.loads(result.stdout)["window"]["requests"] == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("usage",), "error: LOG... is missing\n"),
        (("usage", "none.log", "-f", CLUSTER), "error: none.log: there is no such file; check the path\n"),
        (("usage", LOG, "-f", "none.yaml"), "error: none.yaml: there is no such file; check the path\n"),
        (("usage", "-", "-f", "-"), "error: standard input can be read only once\n"),
        (
            ("verify", "--audit-log", LOG),
            "error: --audit-log needs the cluster that wrote the log: pass it with -f\n",
        ),
        (
            ("usage", "role", LOG, "-f", CLUSTER),
            "error: name the user of the roles: --user or --serviceaccount\n",
        ),
        (
            ("usage", "role", LOG, "-f", CLUSTER, "--user", "nobody"),
            "error: no request of nobody was allowed in this log: check the name, and --since\n",
        ),
        (
            ("usage", LOG, "-f", CLUSTER, "--since", "soon"),
            'error: --since must be a time such as 2026-01-31 or 2026-01-31T12:00:00Z, not "soon"\n',
        ),
        (
            ("usage", LOG, "-f", CLUSTER, "--serviceaccount", "web"),
            'error: --serviceaccount: "web" is not a service account: write NAMESPACE:NAME\n',
        ),
        (
            ("usage", CHANGE, "-f", CLUSTER),
            f"error: {CHANGE}, line 1: there is no audit event in it: {NOT_JSON}\n",
        ),
        (
            ("usage", "-", "-f", CLUSTER),
            "error: <stdin>: this log is empty; an audit policy of level None writes nothing: check both\n",
        ),
    ],
)
def test_invalid_input_is_a_one_line_error_with_exit_code_2(words: tuple[str, ...], expected: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines(keepends=True)[0] == expected


def test_a_user_that_nothing_names_is_an_error() -> None:
    for words, close in (
        (("usage", LOG, "--user", "calra"), "; did you mean User/carla?"),
        (("usage", "denied", LOG, "--serviceaccount", "shop:wbe"), ""),
    ):
        result = run(*words, "-f", CLUSTER)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("error: no request of ")
        assert result.stderr.endswith(f" is in this log, and no binding names it{close}\n")
    assert run("usage", LOG, "--user", "auditor-of-nothing", "-f", CLUSTER).exit_code == 2


def test_gaps_that_leave_too_few_days_are_told(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    times = ("2026-10-01T00:00:00.000000Z", "2026-10-01T00:30:00.000000Z", "2026-11-10T00:00:00.000000Z")
    log.write_bytes(lines(event("list", user="monitor", ref=pods(), when=when) for when in times))
    result = run("usage", "unused", str(log), "-f", CLUSTER)
    assert (
        "40.0 days of log, 2026-10-01 to 2026-11-10, 1 gap above an hour, 40.0 days in all" in result.stderr
    )
    assert (
        "Warning: only 0.0 of 40.0 days of log have events: what is called removable may have been used in "
        "the gaps\n"
    ) in result.stderr


@pytest.mark.parametrize("days", ["nan", "-1", "inf"])
def test_a_number_of_days_that_is_none_is_refused(days: str) -> None:
    result = run("usage", "unused", LOG, "--min-days", days, "-f", CLUSTER)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--min-days: min_days must be a number of days from 0 on" in result.stderr


@pytest.mark.parametrize("words", [("usage", "unused"), ("audit", "--usage")])
def test_a_damaged_log_ends_with_3_where_strict(tmp_path: Path, words: tuple[str, ...]) -> None:
    log = tmp_path / "audit.log"
    log.write_bytes(lines([event("list", user="monitor", ref=pods())]) + b'{"kind":"Ev')
    assert run(*words, str(log), "-f", CLUSTER).exit_code == 0
    result = run(*words, str(log), "-f", CLUSTER, "--strict")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the logs could not be read completely, and --strict was given" in result.stderr


def test_a_check_that_compares_nothing_says_so(tmp_path: Path) -> None:
    change = tmp_path / "change.yaml"
    change.write_text("{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n", encoding="utf-8")
    result = run("usage", "check", str(change), LOG, "-f", CLUSTER)
    assert result.exit_code == 0
    assert "Warning: " in result.stderr
    assert "there is no role and no binding in it, so it changes no access" in result.stderr
    log = tmp_path / "audit.log"
    log.write_bytes(lines([event("list", user="stranger", ref=pods())]))
    result = run("usage", "check", CHANGE, str(log), "-f", CLUSTER)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "this cluster allows no request that was recorded as allowed" in result.stderr
