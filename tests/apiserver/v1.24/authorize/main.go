// Measures the RBAC authorizer and the subject locator of Kubernetes 1.24 on a generated cluster, for bench/upstream.py.
//
//	authorize CLUSTER.json REQUESTS.jsonl
//
// It prints one JSON object: the seconds to decode the cluster, the microseconds a request of both, and the subjects that
// the locator finds over all requests.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

func main() {
	started := time.Now()
	objects, err := decode(os.Args[1])
	must(err)
	load := time.Since(started).Seconds()
	requests, err := questions(os.Args[2])
	must(err)

	authorize := rbac.New(objects, objects, objects, objects)
	started = time.Now()
	for _, request := range requests {
		// An error is a role that is missing, which a cluster may have.
		_, _, _ = authorize.Authorize(context.Background(), request)
	}
	authorizeEach := microseconds(started, requests)

	locate := rbac.NewSubjectAccessEvaluator(objects, objects, objects, objects, "")
	subjects := 0
	started = time.Now()
	for _, request := range requests {
		found, _ := locate.AllowedSubjects(request)
		subjects += len(found)
	}
	must(json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"load_seconds": load,
		"authorize_us": authorizeEach,
		"who_can_us":   microseconds(started, requests),
		"subjects":     float64(subjects),
	}))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "authorize:", err)
		os.Exit(1)
	}
}

func microseconds(started time.Time, requests []authorizer.AttributesRecord) float64 {
	return time.Since(started).Seconds() * 1e6 / float64(len(requests))
}

// decode reads the roles and bindings of a List.
func decode(path string) (*validation.StaticRoles, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list struct{ Items []json.RawMessage }
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, err
	}
	var roles []*rbacv1.Role
	var bindings []*rbacv1.RoleBinding
	var clusterRoles []*rbacv1.ClusterRole
	var clusterBindings []*rbacv1.ClusterRoleBinding
	for _, raw := range list.Items {
		var typed struct{ Kind string }
		if err := json.Unmarshal(raw, &typed); err != nil {
			return nil, err
		}
		switch typed.Kind {
		case "Role":
			err = add(&roles, raw)
		case "RoleBinding":
			err = add(&bindings, raw)
		case "ClusterRole":
			err = add(&clusterRoles, raw)
		case "ClusterRoleBinding":
			err = add(&clusterBindings, raw)
		}
		if err != nil {
			return nil, err
		}
	}
	_, static := validation.NewTestRuleResolver(roles, bindings, clusterRoles, clusterBindings)
	return static, nil
}

func add[T any](objects *[]*T, raw json.RawMessage) error {
	object := new(T)
	*objects = append(*objects, object)
	return json.Unmarshal(raw, object)
}

// questions reads a request a line, each as the spec of a SubjectAccessReview.
func questions(path string) ([]authorizer.AttributesRecord, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var requests []authorizer.AttributesRecord
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var spec authorizationv1.SubjectAccessReviewSpec
		if err := json.Unmarshal(lines.Bytes(), &spec); err != nil {
			return nil, err
		}
		record := authorizer.AttributesRecord{User: &user.DefaultInfo{Name: spec.User, Groups: spec.Groups}}
		if asked := spec.ResourceAttributes; asked != nil {
			record.Verb, record.Namespace, record.Name = asked.Verb, asked.Namespace, asked.Name
			record.APIGroup, record.Resource, record.Subresource = asked.Group, asked.Resource, asked.Subresource
			record.ResourceRequest = true
		} else {
			record.Verb, record.Path = spec.NonResourceAttributes.Verb, spec.NonResourceAttributes.Path
		}
		requests = append(requests, record)
	}
	return requests, nil
}
