"""Tests the complete output of `rbacpsp psp admit`."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from rbacpsp.testing import ClusterBuilder, pod
from tests.cli.policies import JSON, Write, cluster, web, workload, write_cluster, write_into

Run = Callable[..., Result]

NOBODY = (
    "Warning: no user was given by --as, so the pod is judged only by what its service account may "
    "use; a policy that the user who creates it may use could admit it too\n"
)
BUILDER = "system:serviceaccount:team-a:builder"
REPLICASETS = "system:serviceaccount:kube-system:replicaset-controller"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return write_into(tmp_path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the files, in which the program runs, so that it prints only their names."""
    monkeypatch.chdir(tmp_path)
    write_cluster(tmp_path, cluster())
    return tmp_path


@pytest.fixture
def admit(call: Run, here: Path) -> Run:
    def admitted(*arguments: str, stdin: str | None = None) -> Result:
        assert here.is_dir()
        return call("psp", "admit", *arguments, "-f", "cluster.json", stdin=stdin)

    return admitted


def test_a_pod_is_admitted_by_what_its_service_account_may_use_and_the_change_is_shown(
    admit: Run, write: Write
) -> None:
    write("web.yaml", web())
    result = admit("web.yaml", "--as", "dev")
    assert result.stdout == (
        f"pod/web in team-a: it is admitted by strict\nasked: {BUILDER}, then dev\n\nPOLICY   USABLE BY "
        "                             THROUGH                  VERDICT\nlax      <none>                "
        f"                                          would admit it unchanged\nstrict   {BUILDER}   "
        "RoleBinding/psp:strict   admits it, changed\n\nstrict wins: it is the only usable policy that "
        "admits it. It sets:\n  spec.containers[0].securityContext.runAsNonRoot: (absent) -> true\n"
    )
    assert (result.stderr, result.exit_code) == ("Kubernetes 1.24, assumed.\n", 0)


def test_without_a_user_the_answer_says_that_only_the_service_account_counts(
    admit: Run, write: Write
) -> None:
    write("web.yaml", web())
    result = admit("web.yaml")
    assert result.stdout.splitlines()[1] == f"asked: {BUILDER}"
    assert (result.stderr, result.exit_code) == (NOBODY + "Kubernetes 1.24, assumed.\n", 0)


def test_a_refusal_has_kubectls_error_the_errors_of_each_policy_and_the_next_command(
    admit: Run, write: Write
) -> None:
    write("web.yaml", web(securityContext={"runAsUser": 0}))
    result = admit("web.yaml", "--as", "dev")
    path = "spec.containers[0].securityContext.runAsUser"
    error = f"{path}: Invalid value: 0: running with the root UID is forbidden"
    assert result.stdout == (
        "pod/web in team-a: it is refused\n"
        f"asked: {BUILDER}, then dev\n"
        'Error from server (Forbidden): error when creating "web.yaml": pods "web" is forbidden: '
        f"PodSecurityPolicy: unable to admit pod: [{error}]\n"
        "\n"
        "POLICY   USABLE BY                              THROUGH                  VERDICT\n"
        "lax      <none>                                                          would admit it unchanged\n"
        f"strict   {BUILDER}   RoleBinding/psp:strict   refuses it\n"
        "\n"
        "strict refuses it:\n"
        f"  {error}\n"
    )
    assert result.stderr == (
        "Kubernetes 1.24, assumed.\nA grant would admit it; to see the smallest: rbacpsp psp fix "
        "web.yaml -f cluster.json\n"
    )
    assert result.exit_code == 1


def test_policies_that_refuse_for_the_same_reasons_are_named_together(call: Run, tmp_path: Path) -> None:
    builder = cluster().policy("none", volumes=[]).policy("nothing", volumes=[])
    source = write_cluster(tmp_path, builder)
    write_into(tmp_path)("web.yaml", web("team-x", hostPID=True, volumes=[{"name": "v", "emptyDir": {}}]))
    result = call("psp", "admit", str(tmp_path / "web.yaml"), "--as", "dev", "-f", source)
    assert result.stdout.partition("say: []\n")[0].splitlines()[-14:] == [
        "",
        "lax would refuse it:",
        "  spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used",
        "",
        "none and nothing would refuse it:",
        "  spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used",
        '  spec.volumes[0]: Invalid value: "emptyDir": emptyDir volumes are not allowed to be used',
        '  spec.volumes[1]: Invalid value: "projected": projected volumes are not allowed to be used',
        "",
        "strict would refuse it:",
        "  spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used",
        '  spec.volumes[0]: Invalid value: "emptyDir": emptyDir volumes are not allowed to be used',
        "",
        "None of the users asked can use any policy, so the list of errors is empty: []",
    ]


WORDS = 'pods "{}" is forbidden: PodSecurityPolicy: unable to admit pod: []'
EVENT = f"Warning  FailedCreate  Error creating: {WORDS}"
MAKERS = [
    ("Deployment", "replicaset-controller", EVENT.format("app-xxxxxxxxxx-")),
    ("ReplicaSet", "replicaset-controller", EVENT.format("app-")),
    ("ReplicationController", "replication-controller", EVENT.format("app-")),
    ("DaemonSet", "daemon-set-controller", EVENT.format("app-")),
    ("Job", "job-controller", EVENT.format("app-")),
    ("CronJob", "job-controller", EVENT.format("app-xxxxxxxx-")),
    (
        "StatefulSet",
        "statefulset-controller",
        f"Warning  FailedCreate  create Pod app-0 in StatefulSet app failed error: {WORDS.format('app-0')}",
    ),
]


@pytest.mark.parametrize(("kind", "controller", "event"), MAKERS)
def test_the_pods_of_a_workload_are_created_by_its_controller_and_refused_with_its_event(
    admit: Run, write: Write, kind: str, controller: str, event: str
) -> None:
    write("app.yaml", workload(kind, account="default"))
    result = admit("app.yaml")
    assert result.stdout == (
        f"{kind.lower()}/app in team-a: its pods are refused\nasked: "
        "system:serviceaccount:team-a:default, then "
        f"system:serviceaccount:kube-system:{controller}\n{event}\n\nPOLICY   USABLE BY   THROUGH   "
        "VERDICT\nlax      <none>                would admit it unchanged\nstrict   <none>             "
        "   would admit it, changed\n\nNone of the users asked can use any policy, so the list of "
        "errors is empty: []\n"
    )
    assert result.exit_code == 1


def test_a_note_says_once_that_a_user_does_not_create_the_pods_of_a_workload(
    admit: Run, write: Write
) -> None:
    write("apps.yaml", workload("Deployment", "a", account="default"), workload("Deployment", "b"))
    result = admit("apps.yaml", "--as", "root", "--as-group", "system:masters")
    assert result.stderr.splitlines()[0] == (
        f"The pods of a Deployment are created by {REPLICASETS}, not by root."
    )
    assert result.stderr.count("are created by") == 1
    assert [line for line in result.stdout.splitlines() if " in team-a: " in line] == [
        "deployment/a in team-a: its pods are refused",
        "deployment/b in team-a: its pods are admitted by strict",
    ]
    assert result.exit_code == 1


def test_the_creator_may_be_a_controller_that_is_named(admit: Run, write: Write) -> None:
    write("web.yaml", web("team-b", "default"))
    result = admit("web.yaml", "--as", REPLICASETS)
    gap = " " * (len(REPLICASETS) - len("USABLE BY"))
    assert result.stdout == (
        "pod/web in team-b: it is admitted by lax\nasked: system:serviceaccount:team-b:default, then "
        f"{REPLICASETS}\n\nPOLICY   USABLE BY{gap}   THROUGH               VERDICT\nlax      "
        f"{REPLICASETS}   RoleBinding/psp:lax   admits it unchanged\nstrict   <none>   {gap}            "
        "             would admit it, changed\n\nlax wins: it is the only usable policy that admits "
        "it, and leaves the pod unchanged.\n"
    )


def test_every_document_of_a_file_is_checked_and_objects_without_pods_are_skipped(
    admit: Run, write: Write
) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    pods = {"apiVersion": "v1", "kind": "List", "items": [pod("two", namespace="team-a"), config]}
    write("all.yaml", web(), config, pods, "# only a comment\n")
    result = admit("all.yaml", "--as", "dev", "-o", "csv")
    assert [row[:4] for row in csv.reader(io.StringIO(result.stdout))] == [
        ["object", "namespace", "allowed", "policy"],
        ["pod/web", "team-a", "yes", "strict"],
        ["pod/two", "team-a", "no", ""],
    ]
    assert (
        result.stderr == "all.yaml: skipped objects that create no pods: 2 ConfigMap.\nKubernetes 1.24, "
        "assumed.\n"
    )
    assert result.exit_code == 1


def test_a_pod_is_read_from_standard_input(admit: Run) -> None:
    result = admit("-", "--as", "dev", stdin=yaml.safe_dump(web("team-b", "default")))
    assert result.stdout.splitlines()[2] == (
        'Error from server (Forbidden): error when creating "STDIN": pods "web" is forbidden: '
        "PodSecurityPolicy: unable to admit pod: []"
    )


def test_standard_input_is_read_once(call: Run) -> None:
    result = call("psp", "admit", "-", "-f", "-", stdin="{}")
    assert result.stderr == (
        "error: standard input can be read only once: name files for all but one of FILE, -f and "
        "--with\nSee 'rbacpsp psp admit --help'.\n"
    )
    assert result.exit_code == 2


def test_the_namespace_is_that_of_the_option_the_manifest_or_default(admit: Run, write: Write) -> None:
    write(
        "nowhere.yaml",
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"}, "spec": {"containers": []}},
    )
    assert admit("nowhere.yaml").stdout.startswith("pod/p in default: it is refused\n")
    assert admit("nowhere.yaml", "-n", "team-b").stdout.startswith("pod/p in team-b: it is refused\n")
    assert admit("nowhere.yaml", "-n", "team-b").stderr.endswith(
        "rbacpsp psp fix nowhere.yaml -n team-b -f cluster.json\n"
    )


def test_a_namespace_that_is_not_the_manifests_is_refused_in_kubectls_words(admit: Run, write: Write) -> None:
    write("web.yaml", web())
    result = admit("web.yaml", "-n", "team-b")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == (
        'error: the namespace from the provided object "team-a" does not match the namespace "team-b". You '
        "must pass '--namespace=team-a' to perform this operation.\nSee 'rbacpsp psp admit --help'.\n"
    )


def test_a_missing_account_is_refused_before_policies_are_checked(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, cluster().service_account("team-a", "default"))
    path = write_into(tmp_path)("web.yaml", web())
    result = call("psp", "admit", path, "--as", "dev", "-f", source)
    assert result.stdout == (
        "pod/web in team-a: it is refused\n"
        f'Error from server (Forbidden): error when creating "{path}": pods "web" is forbidden: error '
        'looking up service account team-a/builder: serviceaccount "builder" not found\n'
        "the ServiceAccount plugin refused the pod before policies were checked.\n"
    )
    assert (result.stderr, result.exit_code) == ("Kubernetes 1.24, assumed.\n", 1)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.18", "no providers available to validate pod request"),
        ("1.24", "PodSecurityPolicy: no providers available to validate pod request"),
    ],
)
def test_without_policies_the_server_refuses_every_pod(
    call: Run, tmp_path: Path, version: str, words: str
) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().namespace("team-a"))
    path = write_into(tmp_path)("web.yaml", web())
    result = call("psp", "admit", path, "--as", "dev", "-f", source, "--kubernetes-version", version)
    assert result.stdout.splitlines()[2].endswith(f': pods "web" is forbidden: {words}')
    assert result.exit_code == 1


def test_a_version_without_policies_is_wrong_use_whether_or_not_some_were_loaded(
    call: Run, admit: Run, tmp_path: Path
) -> None:
    path = write_into(tmp_path)("web.yaml", web())
    source = write_cluster(tmp_path, ClusterBuilder().namespace("team-a"), "empty.json")
    result = call("psp", "admit", path, "-f", source, "--kubernetes-version", "1.25")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.splitlines()[-1] == (
        "error: PodSecurityPolicy was removed in Kubernetes 1.25, and this is 1.25: ask Pod Security instead "
        "(rbacpsp psa), or name an older server by --kubernetes-version"
    )
    assert admit(path, "--as", "dev", "--kubernetes-version", "1.30").exit_code == 2


def test_until_1_18_the_refusal_has_the_words_of_that_version(admit: Run, write: Write) -> None:
    write("app.yaml", workload("Deployment", account="default"))
    result = admit("app.yaml", "--kubernetes-version", "1.18")
    assert result.stdout.splitlines()[2] == (
        'Warning  FailedCreate  Error creating: pods "app-xxxxxxxxxx-" is forbidden: '
        "unable to validate against any pod security policy: []"
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "",
            (
                "f.yaml: nothing was read: this is empty; check whether the command that wrote it failed, or"
                " allow it with --allow-empty"
            ),
        ),
        (
            "apiVersion: v1\nmetadata: {}",
            "f.yaml, document 1, line 1: an object has no kind: every Kubernetes object has one",
        ),
        (
            "kind: [Pod]",
            "f.yaml, document 1, line 1: kind must be a string and is a list; write it as a string",
        ),
        (
            "{kind: Pod, metadata: {name: x}, spec: {containers: foo}}",
            "f.yaml: pod/x: spec.containers must be a list, not a string",
        ),
        (
            "{kind: Pod, metadata: {name: x}, spec: {hostNetwork: 'yes', containers: []}}",
            "f.yaml: pod/x: spec.hostNetwork must be true or false, not a string",
        ),
        ("{kind: Pod, metadata: 3}", "f.yaml: pod/(no name): metadata must be an object, not a whole number"),
        (
            "{kind: Deployment, metadata: {name: d}, spec: {template: []}}",
            "f.yaml: deployment/d: spec.template must be an object, not a list",
        ),
        (
            '{kind: Pod, metadata: {name: "a\\nb"}, spec: []}',
            "f.yaml: pod/a\\nb: spec must be an object, not a list",
        ),
    ],
)
def test_an_invalid_pod_is_a_one_line_error(admit: Run, write: Write, text: str, error: str) -> None:
    write("f.yaml", text)
    result = admit("f.yaml", "--as", "dev")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == f"error: {error}\n"


def test_kustomization_files_are_skipped_and_documents_without_a_kind_are_errors(
    call: Run, tmp_path: Path
) -> None:
    write_cluster(tmp_path, ClusterBuilder().policy("p").may_use("p", "ServiceAccount/default:default"))
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text("resources: [pod.json]\n", encoding="utf-8")
    (folder / "pod.json").write_text(json.dumps(pod("web")), encoding="utf-8")
    result = call("psp", "admit", str(folder), "-f", str(tmp_path / "cluster.json"))
    assert result.exit_code == 0
    assert f"{folder}: skipped objects that create no pods: 1 Kustomization.\n" in result.stderr
    (folder / "values.yaml").write_text("replicas: 1\n", encoding="utf-8")
    refused = call("psp", "admit", str(folder), "-f", str(tmp_path / "cluster.json"))
    assert refused.exit_code == 2
    error = "values.yaml, document 1, line 1: an object has no kind: every Kubernetes object has one"
    assert f"error: {folder}/{error}\n" in refused.stderr


def test_files_without_any_pod_are_wrong_use(admit: Run, write: Write) -> None:
    write("a.yaml", {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "s"}})
    result = admit("a.yaml")
    assert result.stderr == (
        "a.yaml: skipped objects that create no pods: 1 Service.\nerror: no pod, and no object that "
        "creates pods, is in a.yaml\n"
    )
    assert result.exit_code == 2


def test_the_winner_is_explained_where_a_laxer_policy_wins_by_changing_nothing(
    call: Run, tmp_path: Path
) -> None:
    builder = ClusterBuilder().policy("a", readOnlyRootFilesystem=True).policy("b")
    builder.may_use("a", "User/dev", namespace="team-a").may_use("b", "User/dev", namespace="team-a")
    path = write_into(tmp_path)("web.yaml", web())
    result = call("psp", "admit", path, "--as", "dev", "-f", write_cluster(tmp_path, builder))
    assert result.stdout.partition("\n\n")[2] == (
        "POLICY   USABLE BY   THROUGH             VERDICT\n"
        "a        dev         RoleBinding/psp:a   admits it, changed\n"
        "b        dev         RoleBinding/psp:b   admits it unchanged\n"
        "\n"
        "b wins: it is the first by name that leaves the pod unchanged.\n"
        "a comes before it by name and admits the pod too, but would change it.\n"
        "It is laxer, and wins only because it changes nothing:\n"
        "  readOnlyRootFilesystem: false instead of true\n"
    )


def test_a_policy_that_the_server_cannot_use_shows_its_log_line(call: Run, tmp_path: Path) -> None:
    builder = ClusterBuilder().policy("broken", runAsUser={"rule": "MustRunAs"}).policy("good")
    builder.may_use("good", "User/dev", namespace="team-a")
    path = write_into(tmp_path)("web.yaml", web())
    result = call("psp", "admit", path, "--as", "dev", "-f", write_cluster(tmp_path, builder))
    assert result.stdout.splitlines()[4] == (
        "broken   <none>                             error creating provider for PSP broken: "
        "MustRunAs requires at least one range"
    )


def test_json_and_yaml_contain_all_considered_policies(admit: Run, write: Write) -> None:
    write("web.yaml", web())
    answer = json.loads(admit("web.yaml", "--as", "dev", "-o", "json").stdout)
    assert answer == yaml.safe_load(admit("web.yaml", "--as", "dev", "-o", "yaml").stdout)
    assert (answer["apiVersion"], answer["kind"]) == ("rbacpsp.io/v1", "AdmissionList")
    (item,) = answer["items"]
    stored = item.pop("pod")
    assert stored["metadata"]["annotations"] == {"kubernetes.io/psp": "strict"}
    considered = item.pop("considered")
    assert item == {
        "object": {"kind": "Pod", "namespace": "team-a", "name": "web"},
        "asked": [
            {"user": BUILDER, "groups": ["system:serviceaccounts", "system:serviceaccounts:team-a"]},
            {"user": "dev", "groups": ["system:authenticated"]},
        ],
        "allowed": True,
        "policy": "strict",
        "message": None,
        "invalidBy": "",
        "notJudged": "",
    }
    assert considered["lax"] == {
        "usableBy": [],
        "grants": [],
        "verdict": "unchanged",
        "changes": [],
        "errors": [],
        "problem": "",
    }
    assert considered["strict"]["usableBy"] == [BUILDER]
    assert considered["strict"]["changes"] == [
        {"path": "spec.containers[0].securityContext.runAsNonRoot", "before": None, "after": True}
    ]


def test_the_other_formats_have_a_row_for_each_pod(admit: Run, write: Write) -> None:
    write("web.yaml", web())
    form = admit("web.yaml", "--as", "dev", "-o", "markdown").stdout
    assert form == (
        "| OBJECT | NAMESPACE | ALLOWED | POLICY | VERDICT | MESSAGE |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| pod/web | team-a | yes | strict | changed |  |\n"
    )
    assert admit("web.yaml", "--as", "dev", "-o", "csv", "--no-headers").stdout == (
        "pod/web,team-a,yes,strict,changed,\n"
    )
    assert admit("web.yaml", "--as", "dev", "-o", "name").stdout == "pod/web\n"
    wide = admit("web.yaml", "--as", "dev", "-o", "wide").stdout
    assert wide == admit("web.yaml", "--as", "dev").stdout


def test_the_answer_can_be_for_changed_objects(admit: Run, write: Write) -> None:
    write("web.yaml", web("team-b", "default"))
    rule: JSON = {
        "verbs": ["use"],
        "apiGroups": ["policy"],
        "resources": ["podsecuritypolicies"],
        "resourceNames": ["lax"],
    }
    more = ClusterBuilder().role("all", rule).bind("all", "Group/system:serviceaccounts").objects
    write("more.yaml", *more)
    assert admit("web.yaml", "--as", "dev").exit_code == 1
    assert admit("web.yaml", "--as", "dev", "--with", "more.yaml").exit_code == 0
    gone = admit("web.yaml", "--as", "dev", "--with", "more.yaml", "--without", "psp/lax")
    assert gone.exit_code == 1
    assert gone.stderr.splitlines()[-1] == (
        "A grant would admit it; to see the smallest: rbacpsp psp fix web.yaml -f cluster.json --with "
        "more.yaml --without psp/lax"
    )


def test_the_pods_of_a_custom_resource_are_judged_as_their_controller_submits_them(
    admit: Run, write: Write
) -> None:
    template = {"spec": {"containers": [{"name": "c", "image": "i"}]}}
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"template": template}}
    write("rollout.yaml", rollout | {"metadata": {"name": "web", "namespace": "team-a"}})
    result = admit("rollout.yaml", "-o", "json")
    (item,) = json.loads(result.stdout)["items"]
    assert item["object"] == {"kind": "Rollout", "namespace": "team-a", "name": "web"}
    assert [user["user"] for user in item["asked"]] == [
        "system:serviceaccount:team-a:default",
        REPLICASETS,
    ]


def test_pods_whose_controller_is_unknown_are_not_submitted_by_the_user(admit: Run, write: Write) -> None:
    template = {"spec": {"containers": [{"name": "c", "image": "i"}]}}
    app = {"apiVersion": "example.com/v1", "kind": "App", "spec": {"one": template, "two": template}}
    write("app.yaml", app | {"metadata": {"name": "web", "namespace": "team-b"}})
    paths = ("--template-path", "example.com/App=.spec.one", "--template-path", "example.com/App=.spec.two")
    result = admit("app.yaml", *paths)
    event = (
        'Warning  FailedCreate  Error creating: pods "web-" is forbidden: '
        "PodSecurityPolicy: unable to admit pod: []"
    )
    assert [line for line in result.stdout.splitlines() if line.startswith(("app/", "Warning"))] == [
        "app/web at spec.one in team-b: its pods are refused",
        event,
        "app/web at spec.two in team-b: its pods are refused",
        event,
    ]
    assert result.exit_code == 1
