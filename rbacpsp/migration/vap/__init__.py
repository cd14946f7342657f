"""ValidatingAdmissionPolicy and MutatingAdmissionPolicy, which can check the cluster's RBAC."""
