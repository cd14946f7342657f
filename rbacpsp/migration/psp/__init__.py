"""Security context constraints as PodSecurityPolicies: the way back."""
