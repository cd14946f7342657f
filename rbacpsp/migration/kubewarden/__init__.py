"""Kubewarden's policy groups, and the modules of their members."""
