package main

import (
	"context"
	"fmt"
	"log"
	"os"

	agentidp "github.com/sentryagent/idp-sdk-go"
)

func main() {
	clientID := "@CLIENT_ID@"
	client := agentidp.NewAgentIdPClient(agentidp.AgentIdPClientConfig{
		BaseURL:      "@BASE_URL@",
		ClientID:     clientID,
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Scope:        "agents:read",
	})

	// The client gets its tokens and renews them by itself.
	agent, err := client.Agents.GetAgent(context.Background(), clientID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(agent.Email, "is", agent.Status)
}
