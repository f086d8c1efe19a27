// Prints the access key that the SDK for Go finds by itself.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
)

func main() {
	settings, err := config.LoadDefaultConfig(context.Background())
	if err == nil {
		credentials, refused := settings.Credentials.Retrieve(context.Background())
		if refused == nil {
			fmt.Println(credentials.AccessKeyID)
			return
		}
		err = refused
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
