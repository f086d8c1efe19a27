// Calls GetCallerIdentity with whatever credentials the SDK for Go finds, again and again, until it was given a number of
// access keys. Any refusal ends it. Prints how many keys it saw and as whom it was known.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	wanted, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fail(err)
	}
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fail(err)
	}
	client := sts.NewFromConfig(cfg, func(options *sts.Options) {
		if endpoint := os.Getenv("AWS_ENDPOINT_URL_STS"); endpoint != "" {
			// This SDK is older than the variable.
			options.EndpointResolver = sts.EndpointResolverFromURL(endpoint)
		}
	})
	keys, arns, calls := map[string]bool{}, map[string]bool{}, 0
	for len(keys) < wanted {
		caller, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			fail(err)
		}
		calls++
		arns[*caller.Arn] = true
		// The SDK has them in memory: these are those of the call, or newer.
		credentials, err := cfg.Credentials.Retrieve(ctx)
		if err != nil {
			fail(err)
		}
		keys[credentials.AccessKeyID] = true
		time.Sleep(10 * time.Millisecond)
	}
	names := []string{}
	for arn := range arns {
		names = append(names, arn)
	}
	told, _ := json.Marshal(map[string]any{"keys": len(keys), "arns": names, "calls": calls})
	fmt.Println(string(told))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
