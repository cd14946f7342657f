// The API server of Kubernetes 1.24, the last one with the PodSecurityPolicy plugin, for the tests of live clusters.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}
