"""The API server's complete validation of pods and their templates, one file for each part of the spec.

`rbacpsp.pods.validation` checks the security fields, which a policy can fill in.
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
