// The quickstart registers an agent, generates a credential for it and acts as
// that agent.
//
// It reads AGENTIDP_URL (default http://localhost:3000), AGENTIDP_CLIENT_ID and
// AGENTIDP_CLIENT_SECRET, the credential of an agent with the four base scopes.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	agentidp "github.com/sentryagent/idp-sdk-go"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		var apiErr *agentidp.AgentIdPError
		if errors.As(err, &apiErr) {
			log.Fatalf("%s, details: %v", apiErr, apiErr.Details)
		}
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	apiURL := os.Getenv("AGENTIDP_URL")
	if apiURL == "" {
		apiURL = "http://localhost:3000"
	}
	client := agentidp.NewAgentIdPClient(agentidp.AgentIdPClientConfig{
		BaseURL:      apiURL,
		ClientID:     os.Getenv("AGENTIDP_CLIENT_ID"),
		ClientSecret: os.Getenv("AGENTIDP_CLIENT_SECRET"),
	})

	agent, err := client.Agents.RegisterAgent(ctx, agentidp.RegisterAgentRequest{
		Email:         fmt.Sprintf("screener-%d@quickstart.example", time.Now().UnixNano()),
		AgentType:     agentidp.AgentTypeScreener,
		Version:       "1.0.0",
		Capabilities:  []string{"resume:read"},
		Owner:         "quickstart",
		DeploymentEnv: agentidp.DeploymentEnvDevelopment,
	})
	if err != nil {
		return err
	}
	fmt.Println("registered agent", agent.AgentID)

	credential, err := client.Credentials.GenerateCredential(ctx, agent.AgentID, nil)
	if err != nil {
		return err
	}
	fmt.Println("generated credential", credential.CredentialID)

	if err := actAs(ctx, apiURL, credential); err != nil {
		return err
	}

	if err := client.Agents.DecommissionAgent(ctx, agent.AgentID); err != nil {
		return err
	}
	fmt.Println("decommissioned agent", agent.AgentID)
	return nil
}

// actAs uses the new credential: the first call fetches a token with it.
func actAs(ctx context.Context, apiURL string, credential *agentidp.CredentialWithSecret) error {
	client := agentidp.NewAgentIdPClient(agentidp.AgentIdPClientConfig{
		BaseURL:      apiURL,
		ClientID:     credential.ClientID,
		ClientSecret: credential.ClientSecret,
		Scope:        "agents:read", // the grant of a new agent
	})
	self, err := client.Agents.GetAgent(ctx, credential.ClientID)
	if err != nil {
		return err
	}
	fmt.Printf("the agent reads itself: %s, status %s\n", self.Email, self.Status)
	return nil
}
