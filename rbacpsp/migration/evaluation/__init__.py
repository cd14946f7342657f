"""Admission policies evaluated offline: what a server would answer to a pod, without one."""
