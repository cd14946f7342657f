"""ValidatingAdmissionPolicy and MutatingAdmissionPolicy, which can ask the cluster's own RBAC."""
