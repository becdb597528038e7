package agentidp

import (
	"encoding/json"
	"fmt"
	"time"
)

// CredentialStatus is the state of a credential. Other values than the
// constants may occur.
type CredentialStatus string

// Known states. Expiry does not change the state.
const (
	CredentialStatusActive  CredentialStatus = "active"
	CredentialStatusRevoked CredentialStatus = "revoked"
)

// Credential is a client id and secret of an agent, without the secret.
type Credential struct {
	// CredentialID is the id; it survives rotation.
	CredentialID string `json:"credentialId"`
	// ClientID is the OAuth client id, equal to the agent's id.
	ClientID string `json:"clientId"`
	// Status is the state of the credential.
	Status CredentialStatus `json:"status"`
	// CreatedAt is the time of the creation, which rotation does not change.
	CreatedAt time.Time `json:"createdAt"`
	// ExpiresAt is the time of expiry, nil for none.
	ExpiresAt *time.Time `json:"expiresAt"`
	// RevokedAt is the time of the revocation, nil for none.
	RevokedAt *time.Time `json:"revokedAt"`
}

// CredentialWithSecret is the answer of generate and rotate, the only ones
// with the secret. Printing it does not show the secret.
type CredentialWithSecret struct {
	Credential
	// ClientSecret is shown once; the server cannot show it again.
	ClientSecret string `json:"clientSecret"`
}

// String describes the credential without the secret.
func (c CredentialWithSecret) String() string {
	return fmt.Sprintf("CredentialWithSecret{CredentialID: %q, ClientID: %q, Status: %q, ClientSecret: %s}",
		c.CredentialID, c.ClientID, c.Status, redacted)
}

// GoString is String, for the verb %#v.
func (c CredentialWithSecret) GoString() string { return c.String() }

// Format writes String for every verb, so that none shows the secret.
func (c CredentialWithSecret) Format(state fmt.State, _ rune) { writeText(state, c.String()) }

// CredentialRequest holds the options of generating and rotating.
type CredentialRequest struct {
	// ExpiresAt is the time of expiry, in the future; nil means none. Rotation
	// without it removes the expiry.
	ExpiresAt *time.Time
}

// MarshalJSON writes the request with its wire names.
func (r CredentialRequest) MarshalJSON() ([]byte, error) {
	fields := map[string]string{}
	if r.ExpiresAt != nil {
		fields["expiresAt"] = r.ExpiresAt.UTC().Format(wireTime)
	}
	return json.Marshal(fields)
}

// ListCredentialsParams filters and pages the list of credentials. Zero values
// are left out.
type ListCredentialsParams struct {
	// Page is the number of the page, from 1.
	Page int
	// Limit is the number of entries of a page, 1 to 100.
	Limit int
	// Status selects by state.
	Status CredentialStatus
}
