"""Kyverno's ValidatingPolicy and MutatingPolicy, and its older ClusterPolicy."""
