"""The pods inside custom resources: from templates at known paths, or built as their controller does."""

from rbacpsp.pods.custom.kinds import custom_pods, made_pods
from rbacpsp.pods.custom.pod import CustomPod

__all__ = ["CustomPod", "custom_pods", "made_pods"]
