package agentidp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Codes of errors that do not come from the server's error body. All other
// codes are those of the API, e.g. AGENT_NOT_FOUND.
const (
	// CodeNetworkError: no answer was received; HTTPStatus is 0.
	CodeNetworkError = "NETWORK_ERROR"
	// CodeHTTPError: the answer is a failure without a readable error body.
	CodeHTTPError = "HTTP_ERROR"
	// CodeInvalidResponse: the answer is a success with an unreadable body.
	CodeInvalidResponse = "INVALID_RESPONSE"
	// CodeInvalidArgument: the call was not sent, an argument cannot be right;
	// HTTPStatus is 0.
	CodeInvalidArgument = "INVALID_ARGUMENT"
)

// detailRetryAfter is the member of Details with the seconds of Retry-After.
const detailRetryAfter = "retryAfter"

// AgentIdPError is the error of every failed call. Find it with errors.As.
type AgentIdPError struct {
	// Code is the machine-readable reason.
	Code string
	// Message is the reason for humans.
	Message string
	// HTTPStatus is the status of the answer, 0 when there was none.
	HTTPStatus int
	// Details holds further facts that depend on Code, e.g. requiredScopes for
	// FORBIDDEN, and retryAfter (int, seconds) when the server sent
	// Retry-After. It may be nil.
	Details map[string]any

	cause error
}

// Error describes the failure in one line.
func (e *AgentIdPError) Error() string {
	if e.HTTPStatus == 0 {
		return fmt.Sprintf("agentidp: %s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("agentidp: %s (HTTP %d): %s", e.Code, e.HTTPStatus, e.Message)
}

// Unwrap returns the cause of a network or decoding failure, otherwise nil.
func (e *AgentIdPError) Unwrap() error { return e.cause }

// RetryAfter returns how long the server asks to wait before the next try, and
// whether it said so.
func (e *AgentIdPError) RetryAfter() (time.Duration, bool) {
	seconds, ok := e.Details[detailRetryAfter].(int)
	return time.Duration(seconds) * time.Second, ok
}

func networkError(cause error) *AgentIdPError {
	return &AgentIdPError{
		Code:    CodeNetworkError,
		Message: "The server could not be reached: " + cause.Error(),
		cause:   cause,
	}
}

func invalidResponse(status int, cause error) *AgentIdPError {
	return &AgentIdPError{
		Code:       CodeInvalidResponse,
		Message:    "The answer of the server could not be read.",
		HTTPStatus: status,
		cause:      cause,
	}
}

func invalidArgument(message string) *AgentIdPError {
	return &AgentIdPError{Code: CodeInvalidArgument, Message: message}
}

// errorBody holds the members of both forms of an error that are of the right
// type: those of the envelope, or else those of RFC 6749.
type errorBody struct {
	code    string
	message string
	details map[string]any
}

func parseErrorBody(body []byte) errorBody {
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return errorBody{}
	}
	text := func(name string) string { value, _ := members[name].(string); return value }
	details, _ := members["details"].(map[string]any)
	return errorBody{
		code:    firstOf(text("code"), text("error")),
		message: firstOf(text("message"), text("error_description")),
		details: details,
	}
}

func apiError(status int, header http.Header, body []byte) *AgentIdPError {
	parsed := parseErrorBody(body)
	result := &AgentIdPError{
		Code:       firstOf(parsed.code, CodeHTTPError),
		Message:    firstOf(parsed.message, fmt.Sprintf("The server answered with HTTP status %d.", status)),
		HTTPStatus: status,
		Details:    parsed.details,
	}
	if seconds, ok := retryAfterSeconds(header.Get("Retry-After"), time.Now()); ok {
		if result.Details == nil {
			result.Details = map[string]any{}
		}
		result.Details[detailRetryAfter] = seconds
	}
	return result
}

// retryAfterSeconds reads both forms of Retry-After (RFC 9110 section 10.2.3).
func retryAfterSeconds(value string, now time.Time) (int, bool) {
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return seconds, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	wait := at.Sub(now)
	if wait <= 0 {
		return 0, true
	}
	return int((wait + time.Second - 1) / time.Second), true
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
