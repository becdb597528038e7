// Command vault-server runs an unsealed HashiCorp Vault that keeps everything in
// memory, with a KV version 2 engine at secret/. It is made for tests only.
package main

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/helper/namespace"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8200", "address to listen at")
	flag.Parse()
	if err := run(*listen); err != nil {
		log.Fatal(err)
	}
}

func run(listen string) error {
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr})
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return err
	}
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical:        storage,
		Logger:          logger,
		DisableMlock:    true,
		BuiltinRegistry: noPlugins{},
		LogicalBackends: map[string]logical.Factory{"kv": kv.Factory},
	})
	if err != nil {
		return err
	}
	token, unsealKey, err := initialize(core)
	if err != nil {
		return err
	}
	if err := mount(core, token); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	fmt.Printf("AGENTIDP_TEST_VAULT_ADDR=http://%s\n", listener.Addr())
	fmt.Printf("AGENTIDP_TEST_VAULT_TOKEN=%s\n", token)
	fmt.Printf("UNSEAL_KEY=%s\n", unsealKey)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ended
		_ = server.Close()
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return core.Shutdown()
}

// initialize sets the core up with one unseal key and opens it.
func initialize(core *vault.Core) (token, unsealKey string, err error) {
	ctx := namespace.RootContext(context.Background())
	one := &vault.SealConfig{SecretShares: 1, SecretThreshold: 1}
	created, err := core.Initialize(ctx, &vault.InitParams{BarrierConfig: one})
	if err != nil {
		return "", "", err
	}
	unsealKey = hex.EncodeToString(created.SecretShares[0])
	opened, err := core.Unseal(created.SecretShares[0])
	if err != nil {
		return "", "", err
	}
	if !opened {
		return "", "", fmt.Errorf("the server stayed sealed")
	}
	return created.RootToken, unsealKey, nil
}

// mount puts a KV version 2 engine at secret/ and waits until it is ready.
func mount(core *vault.Core, token string) error {
	ctx := namespace.RootContext(context.Background())
	_, err := core.HandleRequest(ctx, &logical.Request{
		Operation:   logical.UpdateOperation,
		ClientToken: token,
		Path:        "sys/mounts/secret",
		Data: map[string]interface{}{
			"type":    "kv",
			"options": map[string]interface{}{"version": "2"},
		},
	})
	if err != nil {
		return err
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, err := core.HandleRequest(ctx, &logical.Request{
			Operation:   logical.ReadOperation,
			ClientToken: token,
			Path:        "secret/config",
		})
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// noPlugins offers no plugins beyond the engines compiled in.
type noPlugins struct{}

func (noPlugins) Contains(string, consts.PluginType) bool { return false }

func (noPlugins) Get(string, consts.PluginType) (func() (interface{}, error), bool) {
	return nil, false
}

func (noPlugins) Keys(consts.PluginType) []string { return nil }

func (noPlugins) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Unknown, false
}

func (noPlugins) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
