// The reference of the sync benchmark: what a Go programmer would write first. Typed informers of client-go on the
// kinds that the product watches, with its default options. It prints one JSON line when every informer has synced and
// then stays, so that its memory can be read; it ends with its standard input.
package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	started := time.Now()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		panic(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		panic(err)
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	watched := []cache.SharedIndexInformer{
		pods,
		factory.Core().V1().Services().Informer(),
		factory.Core().V1().Events().Informer(),
		factory.Core().V1().Namespaces().Informer(),
		factory.Apps().V1().Deployments().Informer(),
		factory.Apps().V1().StatefulSets().Informer(),
		factory.Apps().V1().DaemonSets().Informer(),
		factory.Apps().V1().ReplicaSets().Informer(),
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	factory.Start(ctx.Done())
	for _, informer := range watched {
		if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			os.Exit(1)
		}
	}
	err = json.NewEncoder(os.Stdout).Encode(map[string]any{
		"syncMs": time.Since(started).Milliseconds(),
		"pods":   len(pods.GetStore().ListKeys()),
	})
	if err != nil {
		panic(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}
