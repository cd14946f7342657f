//go:build openshift

package main

import securityv1 "github.com/openshift/api/security/v1"

// OpenShift's constraints, whose module needs a newer k8s.io/api than the older of the two runs has. In OpenShift 3
// they were in the core group, too.
func init() {
	kinds["SecurityContextConstraints"] = []string{"security.openshift.io/v1"}
	same["v1/SecurityContextConstraints"] = "security.openshift.io/v1/SecurityContextConstraints"
	groups = append(groups, securityv1.AddToScheme)
}
