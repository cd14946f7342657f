"""Tests `rbacpsp mcp` through the client of the official SDK."""

import json
import sys
from collections.abc import Callable, Coroutine
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.cli.tools.untrusted import NOTICE
from tests.docs.console import ROOT

anyio = pytest.importorskip("anyio", reason="mcp is not installed: install rbacpsp[mcp]")
pytest.importorskip("mcp", reason="mcp is not installed: install rbacpsp[mcp]")

PROGRAM = Path(sys.executable).parent / "rbacpsp"
ACME = "sample_clusters/acme"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: root, namespace: kube-system}
spec: {containers: [{name: c, image: i, securityContext: {privileged: true}}]}
"""
Talk = Callable[[Any], Coroutine[None, None, None]]


def talk(*arguments: str, to: Talk) -> None:
    """Start the server as a client does, and send it requests."""
    from mcp import Client, StdioServerParameters, stdio_client

    server = StdioServerParameters(command=str(PROGRAM), args=["mcp", *arguments], cwd=ROOT)

    async def session() -> None:
        with anyio.fail_after(120):
            async with Client(stdio_client(server)) as client:
                await to(client)

    anyio.run(session)


async def call_tool(client: Any, tool: str, **arguments: Any) -> Any:
    """The answer of a tool, after checking that its text equals its structured content."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error in {None, False}, result.content[0].text
    (content,) = result.content
    document = json.loads(content.text)
    assert document == result.structured_content
    assert document["notice"] == NOTICE
    return document["untrusted"]["answer"]


def test_an_assistant_finds_eight_tools_that_only_read_and_gets_the_answers_of_the_commands() -> None:
    async def to(client: Any) -> None:
        assert NOTICE in client.instructions
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == [
            *("who_can", "can_i", "why", "admit", "explain", "audit", "paths", "diff")
        ]
        assert all(tool.annotations.read_only_hint and not tool.annotations.open_world_hint for tool in tools)
        described = [
            value.get("description") for tool in tools for value in tool.input_schema["properties"].values()
        ]
        assert all(described)

        holders = await call_tool(client, "who_can", verb="delete", resource="pods", namespace="prod")
        names = [item["subject"]["name"] for item in holders["items"]]
        assert {"system:masters", "acme:oncall", "velero"} <= set(names)
        question = {"user": "dave@example.com", "verb": "list", "resource": "pods", "namespace": "dev"}
        refused = await call_tool(client, "can_i", **question)
        assert refused["reason"] == 'RBAC: role.rbac.authorization.k8s.io "does-not-exist" not found'
        assert (await call_tool(client, "why", **question))["allowed"] is False
        taken = await call_tool(client, "admit", manifest=POD, user="dave@example.com")
        assert (taken["allowed"], taken["refusedBy"]) == (False, "rbac")
        explanation = await call_tool(client, "explain", message=refused["message"])
        assert explanation["kind"] == "Explanation"
        findings = await call_tool(client, "audit", severity="critical", limit=3)
        assert [finding["severity"] for finding in findings["findings"]] == ["critical"] * 3
        paths = await call_tool(client, "paths", goal="cluster-admin", start="ServiceAccount/backup:velero")
        assert [(path["from"], path["to"]) for path in paths["paths"]] == [
            ("ServiceAccount/backup:velero", "cluster-admin")
        ]
        changed = await call_tool(client, "diff", without=["ClusterRoleBinding/velero"])
        assert changed["access"]["gained"] == []
        assert {change["subject"]["name"] for change in changed["access"]["lost"]} == {"velero"}

    talk("-f", ACME, to=to)


def test_differences_are_relative_to_the_state_before() -> None:
    async def to(client: Any) -> None:
        changed = await call_tool(client, "diff")
        assert changed["access"]["gained"]
        assert changed["access"]["lost"] == []

    talk("-f", ACME, "--base", "sample_clusters/bootstrap-1.36", to=to)


def test_an_unanswerable_question_is_a_one_line_error() -> None:
    async def to(client: Any) -> None:
        for tool, arguments, line in (
            (
                "diff",
                {},
                "error: there is nothing to compare with: give objects to apply or delete, or start ",
            ),
            ("admit", {"manifest": "kind: ["}, "error: <stdin>, document 1, line 1"),
            ("admit", {"manifest": ""}, "error: <stdin>: "),
            ("explain", {"message": "hello"}, "error: no refusal by the server was found in this text"),
            ("paths", {"goal": "sa/nobody:x"}, 'error: serviceaccounts "x" not found in namespace nobody'),
            ("audit", {"limit": 0}, "Error executing tool audit: 1 validation error"),
        ):
            result = await client.call_tool(tool, arguments)
            assert (result.is_error, result.content[0].text[: len(line)]) == (True, line)

    talk("-f", ACME, to=to)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "error: give what to read: -f PATH, or --live for the kubeconfig's cluster"),
        (["--context", "prod"], "error: give what to read: -f PATH, or --live for the kubeconfig's cluster"),
        (["--live", "-f", ACME], "error: --live and -f cannot be combined"),
        (["-f", "-"], "error: standard input belongs to the client: name a file instead of -"),
        (["-f", "none.json"], "error: none.json: there is no such file; check the path"),
        (["-f", f"{ACME}/README.md"], f"error: {ACME}/README.md"),
        (["-f", ACME, "--base", "git:nothing:x"], "error: git:nothing:x: there is no revision"),
    ],
)
def test_an_unreadable_source_is_a_one_line_error_before_anything_is_served(
    arguments: list[str], line: str
) -> None:
    with chdir(ROOT):
        result = CliRunner().invoke(main, ["mcp", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    errors = [
        line_of_stderr
        for line_of_stderr in result.stderr.splitlines()
        if not line_of_stderr.startswith(("Warning", "See "))
    ]
    assert len(errors) == 1
    assert errors[0].startswith(line)


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "rbacpsp.cli.tools.server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    result = CliRunner().invoke(main, ["mcp", "-f", str(ROOT / ACME)])
    assert result.exit_code == 2
    assert "error: this needs the package mcp, version 2 or later: install rbacpsp[mcp]" in result.stderr
