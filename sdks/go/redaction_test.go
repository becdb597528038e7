package agentidp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestPrintingShowsNoSecret(t *testing.T) {
	server := newStub(t, nil)
	server.issue = func(w http.ResponseWriter, _ int) {
		answer(w, 200, `{"access_token":"`+testSecret+`","token_type":"Bearer","expires_in":3600}`)
	}
	client := server.client()
	if _, err := client.transport.tokens.GetToken(context.Background()); err != nil {
		t.Fatal(err)
	}
	credential := CredentialWithSecret{ClientSecret: testSecret}
	token := Token{AccessToken: testSecret, IDToken: testSecret}
	chain := DelegationChain{DelegationToken: testSecret, Signature: testSecret}
	config := server.config()
	values := map[string]any{
		"config": config, "pointer to config": &config, "client": client, "manager": client.transport.tokens,
		"credential": credential, "pointer to credential": &credential,
		"token": token, "pointer to token": &token, "delegation": chain, "pointer to delegation": &chain,
	}
	for name, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T %v"} {
			args := []any{value}
			if verb == "%T %v" {
				args = append(args, value)
			}
			text := fmt.Sprintf(verb, args...)
			if strings.Contains(text, testSecret) || strings.Contains(text, fmt.Sprintf("%x", testSecret)) {
				t.Errorf("%s with %s shows the secret: %s", name, verb, text)
			}
		}
		if text := value.(fmt.GoStringer).GoString(); strings.Contains(text, testSecret) || !strings.Contains(text, redacted) {
			t.Errorf("%s: GoString gives %s", name, text)
		}
	}
}

func TestConfigAsJSONShowsNoSecret(t *testing.T) {
	text, err := json.Marshal(AgentIdPClientConfig{ClientSecret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), testSecret) {
		t.Errorf("got %s", text)
	}
}

// Not even an answer that repeats the secret, or that is not readable, brings
// it into the text of an error of the token endpoint.
func TestErrorsShowNoSecret(t *testing.T) {
	server := newStub(t, nil)
	bodies := map[int]string{1: `"` + testSecret, 2: `{"access_token":5,"x":"` + testSecret + `"}`}
	server.issue = func(w http.ResponseWriter, number int) { answer(w, http.StatusOK, bodies[number]) }
	for range bodies {
		_, err := server.client().Agents.GetAgent(context.Background(), testID)
		for inner := err; inner != nil; inner = causeOf(inner) {
			if strings.Contains(fmt.Sprintf("%+v", inner), testSecret) {
				t.Errorf("the error shows the secret: %v", inner)
			}
		}
	}
}

func causeOf(err error) error {
	if wrapped, ok := err.(interface{ Unwrap() error }); ok {
		return wrapped.Unwrap()
	}
	return nil
}
