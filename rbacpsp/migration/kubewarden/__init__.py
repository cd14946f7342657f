"""Kubewarden's policy groups, and the modules that their members are."""
