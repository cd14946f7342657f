// Command gator runs admission requests through Gatekeeper's own engines, set up as in gator.
//
// It reads JSON lines: {"objects": templates, constraints and mutations, "requests": AdmissionRequests}, and
// answers each line with one: for each request the pod after the mutations, and the messages that refuse it.
// The original gator mutates only objects from an ExpansionTemplate, and has no requester.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/open-policy-agent/frameworks/constraint/pkg/apis"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	mutations "github.com/open-policy-agent/gatekeeper/v3/apis/mutations/unversioned"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/gator"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/gator/reader"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/mutators/assign"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/mutators/modifyset"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	admission "k8s.io/api/admission/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

type question struct {
	Objects  []*unstructured.Unstructured  `json:"objects"`
	Requests []*admission.AdmissionRequest `json:"requests"`
}

type answer struct {
	Pod      json.RawMessage `json:"pod"`
	Messages []string        `json:"messages"`
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			return
		}
		answers, err := ask(line)
		if err != nil {
			fmt.Fprintln(os.Stderr, "gator:", err)
			os.Exit(1)
		}
		if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
			os.Exit(1)
		}
	}
}

func ask(line []byte) ([]answer, error) {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	client, err := constraining(asked.Objects)
	if err != nil {
		return nil, err
	}
	system, err := mutating(asked.Objects)
	if err != nil {
		return nil, err
	}
	answers := make([]answer, 0, len(asked.Requests))
	for _, request := range asked.Requests {
		one, err := review(client, system, request)
		if err != nil {
			return nil, err
		}
		answers = append(answers, one)
	}
	return answers, nil
}

func constraining(objects []*unstructured.Unstructured) (gator.Client, error) {
	scheme := runtime.NewScheme()
	if err := apis.AddToScheme(scheme); err != nil {
		return nil, err
	}
	client, err := gator.NewOPAClient(false, gator.WithK8sCEL())
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		if !reader.IsTemplate(object) {
			continue
		}
		template, err := reader.ToTemplate(scheme, object)
		if err != nil {
			return nil, err
		}
		if _, err := client.AddTemplate(context.Background(), template); err != nil {
			return nil, fmt.Errorf("template %s: %w", object.GetName(), err)
		}
	}
	for _, object := range objects {
		if !reader.IsConstraint(object) {
			continue
		}
		if _, err := client.AddConstraint(context.Background(), object); err != nil {
			return nil, fmt.Errorf("constraint %s: %w", object.GetName(), err)
		}
	}
	return client, nil
}

func mutating(objects []*unstructured.Unstructured) (*mutation.System, error) {
	system := mutation.NewSystem(mutation.SystemOpts{})
	for _, object := range objects {
		var mutator types.Mutator
		var err error
		switch object.GetKind() {
		case "Assign":
			typed := &mutations.Assign{}
			if err = convert(object, typed); err == nil {
				mutator, err = assign.MutatorForAssign(typed)
			}
		case "ModifySet":
			typed := &mutations.ModifySet{}
			if err = convert(object, typed); err == nil {
				mutator, err = modifyset.MutatorForModifySet(typed)
			}
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		if err := system.Upsert(mutator); err != nil {
			return nil, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return system, nil
}

func convert(object *unstructured.Unstructured, typed any) error {
	raw, err := object.MarshalJSON()
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, typed)
}

func review(client gator.Client, system *mutation.System, request *admission.AdmissionRequest) (answer, error) {
	pod := &unstructured.Unstructured{}
	if err := pod.UnmarshalJSON(request.Object.Raw); err != nil {
		return answer{}, err
	}
	labels := map[string]string{"kubernetes.io/metadata.name": request.Namespace}
	namespace := &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: request.Namespace, Labels: labels}}
	if request.Operation == admission.Create {
		mutable := &types.Mutable{
			Object:    pod,
			Namespace: namespace,
			Username:  request.UserInfo.Username,
			Source:    types.SourceTypeOriginal,
		}
		if _, err := system.Mutate(context.Background(), mutable); err != nil {
			return answer{}, err
		}
	}
	raw, err := pod.MarshalJSON()
	if err != nil {
		return answer{}, err
	}
	request.Object.Raw = raw
	augmented := target.AugmentedReview{
		AdmissionRequest: request,
		Namespace:        namespace,
		Source:           types.SourceTypeOriginal,
		IsAdmission:      true,
	}
	found, err := client.Review(context.Background(), augmented, reviews.EnforcementPoint(util.GatorEnforcementPoint))
	if err != nil {
		return answer{}, err
	}
	messages := []string{}
	for _, result := range found.Results() {
		messages = append(messages, result.Msg)
	}
	return answer{Pod: raw, Messages: messages}, nil
}
