package agentidp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	apiPrefix = "/api/v1"
	userAgent = "sentryagent-idp-go/" + Version
	// maxBody bounds the bytes read of an answer: the largest page is far below.
	maxBody = 16 << 20
)

// request is one call of the API. At most one of json and form is set.
type request struct {
	method string
	// path holds the segments below the API prefix, not yet escaped.
	path  []string
	query url.Values
	json  any
	form  url.Values
	// anonymous calls send no token.
	anonymous bool
}

// idempotent tells whether the call may be repeated after a 401.
func (r request) idempotent() bool {
	return r.method == http.MethodGet || r.method == http.MethodDelete
}

// transport sends calls with the token of the client.
type transport struct {
	sender *sender
	tokens *TokenManager
}

// call sends r and decodes the answer into out unless that is nil. A refused
// token is dropped; only idempotent calls are then repeated once, with a new
// one.
func (t *transport) call(ctx context.Context, r request, out any) error {
	if r.anonymous {
		return t.sender.send(ctx, r, "", out)
	}
	token, err := t.tokens.GetToken(ctx)
	if err != nil {
		return err
	}
	err = t.sender.send(ctx, r, token, out)
	if !isUnauthorized(err) {
		return err
	}
	t.tokens.invalidate(token)
	if !r.idempotent() {
		return err
	}
	renewed, err := t.tokens.GetToken(ctx)
	if err != nil {
		return err
	}
	return t.sender.send(ctx, r, renewed, out)
}

func isUnauthorized(err error) bool {
	var apiErr *AgentIdPError
	return errors.As(err, &apiErr) && apiErr.HTTPStatus == http.StatusUnauthorized
}

// fetch is call for operations that answer with a T.
func fetch[T any](ctx context.Context, t *transport, r request) (*T, error) {
	out := new(T)
	if err := t.call(ctx, r, out); err != nil {
		return nil, err
	}
	return out, nil
}

// sender turns requests into HTTP exchanges; it knows nothing of tokens.
type sender struct {
	baseURL string
	timeout time.Duration
	client  *http.Client
}

func newSender(baseURL string, timeout time.Duration, client *http.Client) *sender {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	own := http.Client{}
	if client != nil {
		own = *client
	}
	if own.CheckRedirect == nil {
		own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return &sender{baseURL: strings.TrimRight(baseURL, "/"), timeout: timeout, client: &own}
}

// send makes one exchange. An empty token sends no Authorization header.
func (s *sender) send(ctx context.Context, r request, token string, out any) error {
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	httpRequest, err := s.build(limited, r, token)
	if err != nil {
		return err
	}
	response, err := s.client.Do(httpRequest)
	if err != nil {
		return transportError(ctx, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return transportError(ctx, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return apiError(response.StatusCode, response.Header, body)
	}
	return decode(response.StatusCode, body, out)
}

// transportError prefers the error of the caller's context, which is what a
// caller that cancelled expects to see.
func transportError(ctx context.Context, err error) error {
	if ctxErr := ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	return networkError(err)
}

func decode(status int, body []byte, out any) error {
	if out == nil {
		return nil
	}
	if len(body) > maxBody {
		return invalidResponse(status, errors.New("the answer is too large"))
	}
	if bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
		return invalidResponse(status, errors.New("the answer is null"))
	}
	if err := json.Unmarshal(body, out); err != nil {
		return invalidResponse(status, err)
	}
	return nil
}

func (s *sender) build(ctx context.Context, r request, token string) (*http.Request, error) {
	target, err := s.target(r)
	if err != nil {
		return nil, err
	}
	body, contentType, err := encode(r)
	if err != nil {
		return nil, err
	}
	httpRequest, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, errBaseURL()
	}
	httpRequest.Header.Set("Accept", "application/json")
	httpRequest.Header.Set("User-Agent", userAgent)
	if contentType != "" {
		httpRequest.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		httpRequest.Header.Set("Authorization", "Bearer "+token)
	}
	return httpRequest, nil
}

// target builds the URL. An empty id or a dot segment would address another
// resource than the caller meant, so it is refused.
func (s *sender) target(r request) (string, error) {
	base, err := url.Parse(s.baseURL)
	if err != nil || !isOrigin(base) {
		return "", errBaseURL()
	}
	var target strings.Builder
	target.WriteString(s.baseURL + apiPrefix)
	for _, segment := range r.path {
		if segment == "" || segment == "." || segment == ".." {
			return "", invalidArgument("An id in the path must not be empty or a dot segment.")
		}
		target.WriteString("/" + url.PathEscape(segment))
	}
	if len(r.query) > 0 {
		target.WriteString("?" + r.query.Encode())
	}
	return target.String(), nil
}

// isOrigin refuses, besides what cannot be called, credentials in the URL:
// they would be printed.
func isOrigin(base *url.URL) bool {
	web := base.Scheme == "http" || base.Scheme == "https"
	return web && base.Host != "" && base.User == nil && base.RawQuery == "" && base.Fragment == ""
}

func errBaseURL() error {
	return invalidArgument("The base URL is not the origin of a server, e.g. http://localhost:3000.")
}

func encode(r request) (io.Reader, string, error) {
	switch {
	case r.form != nil:
		return strings.NewReader(r.form.Encode()), "application/x-www-form-urlencoded", nil
	case r.json != nil:
		body, err := json.Marshal(r.json)
		if err != nil {
			return nil, "", invalidArgument("The request cannot be written as JSON: " + err.Error())
		}
		return bytes.NewReader(body), "application/json", nil
	default:
		return http.NoBody, "", nil
	}
}
