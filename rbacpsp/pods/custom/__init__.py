"""The pods inside custom resources: templates at known places, or put together as their controller does."""

from rbacpsp.pods.custom.kinds import custom_pods, made_pods
from rbacpsp.pods.custom.pod import CustomPod

__all__ = ["CustomPod", "custom_pods", "made_pods"]
