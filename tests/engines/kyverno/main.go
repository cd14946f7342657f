// Command kyverno runs admission requests through Kyverno's own engines, set up as in its command line.
//
// It reads JSON lines: {"objects": policies, "requests": AdmissionRequests}, and answers each line with one: for each
// request the pod after the mutations, and the messages that refuse it. The command line itself compiles every
// policy again for every pod.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	policies "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/engine"
	"github.com/kyverno/kyverno/pkg/cel/libs"
	"github.com/kyverno/kyverno/pkg/cel/matching"
	mutatingcompiler "github.com/kyverno/kyverno/pkg/cel/policies/mpol/compiler"
	mutating "github.com/kyverno/kyverno/pkg/cel/policies/mpol/engine"
	validatingcompiler "github.com/kyverno/kyverno/pkg/cel/policies/vpol/compiler"
	validating "github.com/kyverno/kyverno/pkg/cel/policies/vpol/engine"
	results "github.com/kyverno/kyverno/pkg/engine/api"
	admission "k8s.io/api/admission/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
)

type question struct {
	Objects  []json.RawMessage             `json:"objects"`
	Requests []*admission.AdmissionRequest `json:"requests"`
}

type answer struct {
	Pod      json.RawMessage `json:"pod"`
	Messages []string        `json:"messages"`
}

// Only apply configurations need a schema.
type noSchemas struct{}

func (noSchemas) GetTypeConverter(schema.GroupVersionKind) managedfields.TypeConverter { return nil }

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			return
		}
		answers, err := ask(line)
		if err != nil {
			fmt.Fprintln(os.Stderr, "kyverno:", err)
			os.Exit(1)
		}
		if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
			os.Exit(1)
		}
	}
}

func namespace(name string) *core.Namespace {
	labels := map[string]string{"kubernetes.io/metadata.name": name}
	return &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: name, Labels: labels}}
}

func ask(line []byte) ([]answer, error) {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	var changing []policies.MutatingPolicyLike
	var judging []policies.ValidatingPolicyLike
	for _, raw := range asked.Objects {
		var kind meta.TypeMeta
		if err := json.Unmarshal(raw, &kind); err != nil {
			return nil, err
		}
		switch kind.Kind {
		case "MutatingPolicy":
			policy := &policies.MutatingPolicy{}
			if err := json.Unmarshal(raw, policy); err != nil {
				return nil, err
			}
			changing = append(changing, policy)
		case "ValidatingPolicy":
			policy := &policies.ValidatingPolicy{}
			if err := json.Unmarshal(raw, policy); err != nil {
				return nil, err
			}
			judging = append(judging, policy)
		default:
			return nil, fmt.Errorf("%s is not asked here", kind.Kind)
		}
	}
	libraries := libs.NewFakeContextProvider()
	libs.LibraryContext = libraries
	changes, err := mutating.NewProvider(mutatingcompiler.NewCompiler(), changing, nil, libraries)
	if err != nil {
		return nil, err
	}
	judges, err := validating.NewProvider(validatingcompiler.NewCompiler(), judging, nil)
	if err != nil {
		return nil, err
	}
	mutator := mutating.NewEngine(changes, namespace, matching.NewMatcher(), noSchemas{}, libraries)
	validator := validating.NewEngine(judges, namespace, matching.NewMatcher())
	answers := make([]answer, 0, len(asked.Requests))
	for _, request := range asked.Requests {
		one, err := review(mutator, validator, libraries, *request)
		if err != nil {
			return nil, err
		}
		answers = append(answers, one)
	}
	return answers, nil
}

func review(
	mutator mutating.Engine, validator validating.Engine, libraries libs.Context, request admission.AdmissionRequest,
) (answer, error) {
	messages := []string{}
	changed, err := mutator.Handle(context.Background(), engine.RequestFromAdmission(libraries, request), nil)
	if err != nil {
		return answer{}, err
	}
	for _, policy := range changed.Policies {
		messages = append(messages, refused(policy.Rules)...)
	}
	if changed.PatchedResource != nil {
		if request.Object.Raw, err = changed.PatchedResource.MarshalJSON(); err != nil {
			return answer{}, err
		}
	}
	judged, err := validator.Handle(context.Background(), engine.RequestFromAdmission(libraries, request), nil)
	if err != nil {
		return answer{}, err
	}
	for _, policy := range judged.Policies {
		messages = append(messages, refused(policy.Rules)...)
	}
	return answer{Pod: request.Object.Raw, Messages: messages}, nil
}

func refused(rules []results.RuleResponse) []string {
	messages := []string{}
	for _, rule := range rules {
		if rule.Status() == results.RuleStatusFail || rule.Status() == results.RuleStatusError {
			messages = append(messages, rule.Message())
		}
	}
	return messages
}
