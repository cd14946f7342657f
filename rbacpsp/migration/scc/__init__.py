"""PodSecurityPolicies as OpenShift's security context constraints."""
