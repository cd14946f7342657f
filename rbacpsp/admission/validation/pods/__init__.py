"""The API server's whole validation of pods and of their templates: one file a part of the spec.

What of it concerns security, and a policy can bring about, is in `rbacpsp.pods.validation`.
"""

from rbacpsp.admission.validation.pods.pod import (
    pod_create_errors,
    pod_errors,
    template_errors,
    template_metadata_errors,
    whole_pod_refusal,
)

__all__ = [
    "pod_create_errors",
    "pod_errors",
    "template_errors",
    "template_metadata_errors",
    "whole_pod_refusal",
]
