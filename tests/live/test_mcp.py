"""Tests that `rbacpsp mcp --live` answers from a running cluster and sees its changes."""

from typing import Any

import pytest

from tests.live.clusters import bound, user
from tests.live.server import ApiServer

anyio = pytest.importorskip("anyio", reason="mcp is not installed: install rbacpsp[mcp]")
pytest.importorskip("mcp", reason="mcp is not installed: install rbacpsp[mcp]")

pytestmark = pytest.mark.live


def test_the_tools_answer_from_a_running_cluster_anew_at_each_call(untouched: ApiServer) -> None:
    from tests.cli.tools.test_mcp import call_tool, talk

    async def to(client: Any) -> None:
        question = {"user": "mallory", "verb": "delete", "resource": "nodes"}
        assert (await call_tool(client, "can_i", **question))["allowed"] is False
        untouched.create(bound("taken", "", "ClusterRole", "cluster-admin", [user("mallory")]))
        await anyio.sleep(0.5)
        assert (await call_tool(client, "can_i", **question))["allowed"] is True
        holders = await call_tool(client, "who_can", verb="delete", resource="nodes")
        assert "mallory" in [item["subject"]["name"] for item in holders["items"]]

    talk("--live", "--kubeconfig", str(untouched.kubeconfig()), to=to)
