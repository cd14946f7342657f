"""Creates a git repository for a test, and runs commands in it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = Path(sys.executable).parent
"""Where this environment has its programs, `rbacpsp` among them."""

NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
"""
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer, namespace: shop}
rules:
- {apiGroups: [apps], resources: [deployments], verbs: [get, list]}
"""
BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: devs}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - {name: web, image: nginx}
"""
ADMIN = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ci}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: ServiceAccount, namespace: shop, name: ci}
"""
ASSERTIONS = """\
apiVersion: rbacpsp.io/v1
kind: AccessTest
assertions:
- name: developers do not delete deployments
  who: Group/devs
  cannot: {verbs: [delete], resources: [deployments.apps], namespaces: [shop]}
"""


def program(name: str) -> str:
    """The path of a program that requirements/all.txt installs; the test is skipped where it is missing."""
    path = PROGRAMS / name
    if not path.exists():
        pytest.skip(f"{name} is not installed: requirements/all.txt has it")
    return str(path)


@dataclass(frozen=True)
class Repository:
    """A repository with manifests."""

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of programs: no settings of this machine, no cluster, no color."""
        return {
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_AUTHOR_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": str(self.path.parent / "home"),
            "KUBECONFIG": os.devnull,
            "NO_COLOR": "1",
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(self.path.parent / "pre-commit"),
        }

    def run(
        self, *words: str, environment: Mapping[str, str] | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in it."""
        done = subprocess.run(
            words,
            cwd=self.path,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of it, by path."""
        for name, text in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def stage(self, files: Mapping[str, str]) -> None:
        """Write files and stage everything."""
        self.write(files)
        self.run("git", "add", "--all")

    def commit(self, files: Mapping[str, str]) -> str:
        """Write files and commit everything; returns the commit."""
        self.stage(files)
        self.run("git", "commit", "--quiet", "--message", "change")
        return self.run("git", "rev-parse", "HEAD").stdout.strip()


def repository(folder: Path) -> Repository:
    """A repository whose main branch has manifests without severe findings."""
    (folder / "home").mkdir()
    made = Repository(folder / "repository")
    made.path.mkdir()
    made.run("git", "init", "--quiet", "--initial-branch", "main")
    made.commit(
        {
            "README.md": "# Shop\n",
            "access.yaml": ASSERTIONS,
            "compose.yaml": "services: {web: {image: nginx}}\n",
            "manifests/binding.yaml": BINDING,
            "manifests/namespace.yaml": NAMESPACE,
            "manifests/pod.yaml": POD,
            "manifests/role.yaml": ROLE,
        }
    )
    return made
