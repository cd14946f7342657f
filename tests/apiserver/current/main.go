// The API server of a current Kubernetes release, without PodSecurityPolicy, for the tests of live clusters.
//
// With --controllers-kubeconfig it also runs two controllers of kube-controller-manager: the one that fills aggregated
// ClusterRoles, and the one that creates the service account `default` of each namespace.
package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/component-base/cli"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
)

const retry = 100 * time.Millisecond

func main() {
	command := app.NewAPIServerCommand()
	kubeconfig := command.Flags().String("controllers-kubeconfig", "",
		"Run the controllers of aggregated ClusterRoles and of service accounts as well, with this kubeconfig.")
	serve := command.RunE
	command.RunE = func(cmd *cobra.Command, arguments []string) error {
		if *kubeconfig != "" {
			go control(context.Background(), *kubeconfig)
		}
		return serve(cmd, arguments)
	}
	os.Exit(cli.Run(command))
}

// control waits for the server, and then runs the controllers until the program ends.
func control(ctx context.Context, kubeconfig string) {
	client := connect(ctx, kubeconfig)
	known := informers.NewSharedInformerFactory(client, 0)
	aggregation := clusterroleaggregation.NewClusterRoleAggregation(known.Rbac().V1().ClusterRoles(), client.RbacV1())
	accounts, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx), known.Core().V1().ServiceAccounts(),
		known.Core().V1().Namespaces(), client, serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		panic(err)
	}
	known.Start(ctx.Done())
	go accounts.Run(ctx, 1)
	// One worker, so that the last change of a test is aggregated last.
	aggregation.Run(ctx, 1)
}

// connect waits for the server: the certificate that the kubeconfig names is written while the server starts.
func connect(ctx context.Context, kubeconfig string) kubernetes.Interface {
	for ; ; time.Sleep(retry) {
		config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
		if err != nil {
			continue
		}
		config.QPS = -1
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			continue
		}
		if err := client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err == nil {
			return client
		}
	}
}
