"""Finds the pods inside custom resources: at known paths, or assembled as the controller does."""

from rbacpsp.pods.custom.kinds import controller_pods, custom_pods
from rbacpsp.pods.custom.pod import CustomPod

__all__ = ["CustomPod", "controller_pods", "custom_pods"]
