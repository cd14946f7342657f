// Godecode decodes inputs with upstream's own decoders: what kubectl finds in an input, and how the API server decodes
// each object. It reads JSON lines from standard input and answers each with one line; see the types below.
//
// The steps are kubectl's: StreamVisitor and FlattenListVisitor of k8s.io/cli-runtime/pkg/resource (0.37) split the input
// and its lists; the server then decodes each object into its type with sigs.k8s.io/json.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	appsv1beta1 "k8s.io/api/apps/v1beta1"
	appsv1beta2 "k8s.io/api/apps/v1beta2"
	batchv1 "k8s.io/api/batch/v1"
	batchv1beta1 "k8s.io/api/batch/v1beta1"
	corev1 "k8s.io/api/core/v1"
	extensionsv1beta1 "k8s.io/api/extensions/v1beta1"
	rbacv1 "k8s.io/api/rbac/v1"
	rbacv1alpha1 "k8s.io/api/rbac/v1alpha1"
	rbacv1beta1 "k8s.io/api/rbac/v1beta1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
)

// question is one line of input: bytes as kubectl gets them, or one object to decode into its type.
type question struct {
	Input  []byte          `json:"input,omitempty"`
	Object json.RawMessage `json:"object,omitempty"`
}

// answer is one line of output. An error ends the reading of an input, as it ends kubectl's.
type answer struct {
	Documents []json.RawMessage `json:"documents"`
	Objects   []object          `json:"objects"`
	Error     string            `json:"error,omitempty"`
}

// object is the server's result for one object: its typed form if the type is known here, else its plain values.
type object struct {
	Typed bool            `json:"typed"`
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

func main() {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, appsv1beta1.AddToScheme, appsv1beta2.AddToScheme, batchv1.AddToScheme,
		batchv1beta1.AddToScheme, corev1.AddToScheme, extensionsv1beta1.AddToScheme, rbacv1.AddToScheme,
		rbacv1alpha1.AddToScheme, rbacv1beta1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	decoder := json.NewDecoder(in)
	for {
		var asked question
		if err := decoder.Decode(&asked); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			panic(err)
		}
		if err := encoder.Encode(answered(scheme, asked)); err != nil {
			panic(err)
		}
	}
}

func answered(scheme *runtime.Scheme, asked question) (found answer) {
	defer func() {
		if problem := recover(); problem != nil {
			found.Error = fmt.Sprintf("panic: %v", problem)
		}
	}()
	if asked.Object != nil {
		found.Objects = []object{decoded(scheme, asked.Object)}
		return found
	}
	return read(scheme, asked.Input)
}

// byteOrderMark is removed by FileVisitor from the beginning of a file, and of standard input.
var byteOrderMark = []byte("\xef\xbb\xbf")

// read returns the results of FileVisitor, StreamVisitor and FlattenListVisitor for an input.
func read(scheme *runtime.Scheme, input []byte) (found answer) {
	input = bytes.TrimPrefix(input, byteOrderMark)
	stream := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(input), 4096)
	for {
		extension := runtime.RawExtension{}
		if err := stream.Decode(&extension); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			found.Error = err.Error()
			return found
		}
		raw := bytes.TrimSpace(extension.Raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		found.Documents = append(found.Documents, compact(raw))
		top, _, err := unstructured.UnstructuredJSONScheme.Decode(raw, nil, nil)
		if err != nil {
			found.Objects = append(found.Objects, object{Error: err.Error()})
			continue
		}
		waiting := []runtime.Object{top}
		for at := 0; at < len(waiting); at++ {
			if meta.IsListType(waiting[at]) {
				items, err := meta.ExtractList(waiting[at])
				if err != nil {
					found.Objects = append(found.Objects, object{Error: err.Error()})
				}
				waiting = append(waiting, items...)
				continue
			}
			value, err := json.Marshal(waiting[at].(*unstructured.Unstructured).Object)
			if err != nil {
				found.Objects = append(found.Objects, object{Error: err.Error()})
				continue
			}
			found.Objects = append(found.Objects, decoded(scheme, value))
		}
	}
}

// compact is a document on one line: invalid UTF-8 becomes U+FFFD, as in every decoder.
func compact(raw []byte) json.RawMessage {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		panic(err)
	}
	whole, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return whole
}

// decoded is the server's result for one object's JSON.
func decoded(scheme *runtime.Scheme, value json.RawMessage) object {
	plain := &unstructured.Unstructured{}
	if err := plain.UnmarshalJSON(value); err != nil {
		return object{Error: err.Error()}
	}
	typed, err := scheme.New(plain.GroupVersionKind())
	if err != nil {
		return object{Value: value}
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(value, typed); err != nil {
		return object{Error: err.Error(), Value: value}
	}
	whole, err := json.Marshal(typed)
	if err != nil {
		return object{Error: err.Error()}
	}
	return object{Typed: true, Value: whole}
}
