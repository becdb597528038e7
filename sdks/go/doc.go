// Package agentidp is the official Go client of the SentryAgent.ai identity
// provider for AI agents.
//
// A client authenticates with the credential of an agent (OAuth 2.0 client
// credentials, RFC 6749 section 4.4), keeps the access token in memory and
// renews it before it expires:
//
//	client := agentidp.NewAgentIdPClient(agentidp.AgentIdPClientConfig{
//		BaseURL:      "http://localhost:3000",
//		ClientID:     os.Getenv("AGENTIDP_CLIENT_ID"),
//		ClientSecret: os.Getenv("AGENTIDP_CLIENT_SECRET"),
//	})
//	agent, err := client.Agents.GetAgent(ctx, agentID)
//
// Every call takes a context first. A refused call, an unreachable server and
// an unreadable answer give an *AgentIdPError; a cancelled or expired context
// gives the error of the context. Enumerations are strings with the known
// values as constants, so that a value of a newer server is still decoded.
package agentidp

// Version is the version of this module.
const Version = "1.0.0"
