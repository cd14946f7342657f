"""Strategies that PodSecurityPolicy and OpenShift's security context constraints share."""
