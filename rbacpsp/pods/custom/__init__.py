"""Finds the pods inside custom resources: at known paths, or assembled as the controller does."""

from rbacpsp.pods.custom.kinds import custom_pods, made_pods
from rbacpsp.pods.custom.pod import CustomPod

__all__ = ["CustomPod", "custom_pods", "made_pods"]
