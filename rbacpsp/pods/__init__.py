"""What the API server does to a pod around policy, and the pods inside workloads."""

from rbacpsp.pods.defaults import set_defaults

__all__ = ["set_defaults"]
