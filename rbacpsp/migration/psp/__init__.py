"""Security context constraints as PodSecurityPolicies: the reverse migration."""
