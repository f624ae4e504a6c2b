// Writes which fields the kinds of deploy/kubernetes have, and of which type, as the API's own Go types say it. A test
// checks every manifest against that list, so that a field that is spelled wrong is found without a cluster.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	keda "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
)

var kinds = map[string]any{
	"v1 ConfigMap":                       core.ConfigMap{},
	"v1 Namespace":                       core.Namespace{},
	"v1 PersistentVolumeClaim":           core.PersistentVolumeClaim{},
	"v1 Pod":                             core.Pod{},
	"v1 Service":                         core.Service{},
	"apps/v1 Deployment":                 apps.Deployment{},
	"apps/v1 StatefulSet":                apps.StatefulSet{},
	"networking.k8s.io/v1 Ingress":       networking.Ingress{},
	"networking.k8s.io/v1 NetworkPolicy": networking.NetworkPolicy{},
	"policy/v1 PodDisruptionBudget":      policy.PodDisruptionBudget{},
	"keda.sh/v1alpha1 ScaledObject":      keda.ScaledObject{},
}

type fields map[string]string

var types = map[string]fields{}

// Types whose JSON is not what their Go fields say.
var special = map[string]string{
	"resource.Quantity":    "quantity",
	"intstr.IntOrString":   "integer or string",
	"v1.Time":              "string",
	"v1.MicroTime":         "string",
	"v1.Duration":          "string",
	"v1.FieldsV1":          "any",
	"runtime.RawExtension": "any",
}

func nameOf(t reflect.Type) string {
	if known, isSpecial := special[t.String()]; isSpecial {
		return known
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nameOf(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string"
		}
		return "[]" + nameOf(t.Elem())
	case reflect.Map:
		return "{}" + nameOf(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Interface:
		return "any"
	case reflect.Struct:
		parts := strings.Split(strings.ReplaceAll(t.PkgPath(), "/pkg/", "/"), "/")
		name := strings.Join(parts[max(0, len(parts)-2):], "/") + "." + t.Name()
		if _, isKnown := types[name]; !isKnown {
			types[name] = fields{}
			addFields(types[name], t)
		}
		return name
	default:
		return "integer"
	}
}

func addFields(into fields, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, rest, _ := strings.Cut(field.Tag.Get("json"), ",")
		// What the cluster writes is not for a manifest to say.
		if name == "-" || name == "status" || !field.IsExported() {
			continue
		}
		if name == "" && (field.Anonymous || strings.Contains(rest, "inline")) {
			embedded := field.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			addFields(into, embedded)
		} else if name != "" {
			into[name] = nameOf(field.Type)
		}
	}
}

func main() {
	roots := map[string]string{}
	for kind, value := range kinds {
		roots[kind] = nameOf(reflect.TypeOf(value))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(map[string]any{"kinds": roots, "types": types}); err != nil {
		panic(err)
	}
}
