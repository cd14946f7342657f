"""The steps of paths as JSON."""

from typing import Any

from rbacpsp.paths.path import Path, PathStep


def step_json(step: PathStep) -> dict[str, Any]:
    """A step with its technique and its grant."""
    optional = {"permission": step.permission, "through": step.through, "because": step.because}
    grant = step.grant
    is_assumed = grant is not None and (grant.binding.assumed or grant.role.assumed)
    return {
        "who": step.source.words,
        "becomes": step.target.words,
        "technique": step.technique.name,
        "how": step.technique.title,
        **{key: value for key, value in optional.items() if value},
        **({"assumed": True} if is_assumed else {}),
    }


def path_json(path: Path) -> dict[str, Any]:
    """A path with its steps."""
    return {
        "from": path.start.words,
        "to": path.goal.words,
        "length": path.length,
        "kubernetesOwn": path.kubernetes_own,
        "steps": [step_json(step) for step in path.steps],
    }
