// Command schema writes the JSON fields of the Kubernetes kinds that rbacpsp reads, taken from the Go types of
// k8s.io/api by reflection. A table given with -merge is read first, and its types and fields are kept: running
// the program once for each version of k8s.io/api gives the union of them. See README.md.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	appsv1beta1 "k8s.io/api/apps/v1beta1"
	appsv1beta2 "k8s.io/api/apps/v1beta2"
	batchv1 "k8s.io/api/batch/v1"
	batchv1beta1 "k8s.io/api/batch/v1beta1"
	corev1 "k8s.io/api/core/v1"
	extensionsv1beta1 "k8s.io/api/extensions/v1beta1"
	policyv1beta1 "k8s.io/api/policy/v1beta1"
	rbacv1 "k8s.io/api/rbac/v1"
	rbacv1alpha1 "k8s.io/api/rbac/v1alpha1"
	rbacv1beta1 "k8s.io/api/rbac/v1beta1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// table is the output: the type of each kind, and the fields of each type.
// A field is a scalar, a type of this table, "[]" and an element, or "{}" and the values of a map.
type table struct {
	Kinds map[string]string            `json:"kinds"`
	Types map[string]map[string]string `json:"types"`
}

var kinds = map[string][]string{
	"Pod":                   {"v1"},
	"PodTemplate":           {"v1"},
	"ReplicationController": {"v1"},
	"Namespace":             {"v1"},
	"Service":               {"v1"},
	"ConfigMap":             {"v1"},
	"ServiceAccount":        {"v1"},
	"Deployment":            {"apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"},
	"DaemonSet":             {"apps/v1", "apps/v1beta2", "extensions/v1beta1"},
	"ReplicaSet":            {"apps/v1", "apps/v1beta2", "extensions/v1beta1"},
	"StatefulSet":           {"apps/v1", "apps/v1beta1", "apps/v1beta2"},
	"Job":                   {"batch/v1"},
	"CronJob":               {"batch/v1", "batch/v1beta1"},
	"PodSecurityPolicy":     {"policy/v1beta1", "extensions/v1beta1"},
	"Role":                  rbacVersions,
	"ClusterRole":           rbacVersions,
	"RoleBinding":           rbacVersions,
	"ClusterRoleBinding":    rbacVersions,
}

// same are kinds that are equal, field by field, to those of a former group.
var same = map[string]string{}

// groups add the types of each group and version; openshift.go adds one.
var groups = []func(*runtime.Scheme) error{
	appsv1.AddToScheme, appsv1beta1.AddToScheme, appsv1beta2.AddToScheme, batchv1.AddToScheme,
	batchv1beta1.AddToScheme, corev1.AddToScheme, extensionsv1beta1.AddToScheme, policyv1beta1.AddToScheme,
	rbacv1.AddToScheme, rbacv1beta1.AddToScheme, rbacv1alpha1.AddToScheme,
}

var rbacVersions = []string{
	"rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1alpha1",
}

// leaves are the types with a JSON form of their own.
var leaves = map[reflect.Type]string{
	reflect.TypeOf(metav1.Time{}):          "time",
	reflect.TypeOf(metav1.MicroTime{}):     "time",
	reflect.TypeOf(metav1.FieldsV1{}):      "any",
	reflect.TypeOf(runtime.RawExtension{}): "any",
	reflect.TypeOf(resource.Quantity{}):    "quantity",
	reflect.TypeOf(intstr.IntOrString{}):   "intOrString",
	reflect.TypeOf([]byte{}):               "bytes",
}

func main() {
	merge := flag.String("merge", "", "a table written before, whose types and fields are kept")
	flag.Parse()
	out := table{Kinds: map[string]string{}, Types: map[string]map[string]string{}}
	if *merge != "" {
		data, err := os.ReadFile(*merge)
		check(err)
		check(json.Unmarshal(data, &out))
	}
	scheme := runtime.NewScheme()
	for _, add := range groups {
		check(add(scheme))
	}
	for kind, versions := range kinds {
		for _, version := range versions {
			gv, err := schema.ParseGroupVersion(version)
			check(err)
			object, err := scheme.New(gv.WithKind(kind))
			if runtime.IsNotRegisteredError(err) {
				continue // this version of k8s.io/api no longer has it, or does not have it yet
			}
			check(err)
			out.Kinds[version+"/"+kind] = out.describe(reflect.TypeOf(object).Elem())
		}
	}
	for older, newer := range same {
		out.Kinds[older] = out.Kinds[newer]
	}
	data, err := json.Marshal(out)
	check(err)
	fmt.Println(string(data))
}

// describe names the JSON form of a type, and enters a struct's fields into the table.
func (t table) describe(of reflect.Type) string {
	if leaf, ok := leaves[of]; ok {
		return leaf
	}
	switch of.Kind() {
	case reflect.Pointer:
		return t.describe(of.Elem())
	case reflect.Slice:
		return "[]" + t.describe(of.Elem())
	case reflect.Map:
		return "{}" + t.describe(of.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int32:
		return "int32"
	case reflect.Int64:
		return "int64"
	case reflect.Struct:
		return t.enter(of)
	}
	panic(fmt.Sprintf("%s has no JSON form here", of))
}

func (t table) enter(of reflect.Type) string {
	path := of.PkgPath()
	for _, prefix := range []string{"k8s.io/api/", "k8s.io/apimachinery/pkg/apis/", "github.com/openshift/api/"} {
		path = strings.TrimPrefix(path, prefix)
	}
	name := path + "." + of.Name()
	if seen[of] {
		return name
	}
	seen[of] = true
	if t.Types[name] == nil {
		t.Types[name] = map[string]string{}
	}
	t.fields(of, t.Types[name])
	return name
}

var seen = map[reflect.Type]bool{}

func (t table) fields(of reflect.Type, into map[string]string) {
	for i := 0; i < of.NumField(); i++ {
		field := of.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported():
		case name == "" && (field.Anonymous || options == "inline"):
			t.fields(field.Type, into)
		default:
			into[name] = t.describe(field.Type)
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
