package agentidp

// Page is one page of a list.
type Page[T any] struct {
	// Data holds the entries of this page, newest first.
	Data []T `json:"data"`
	// Total counts all matches, not only those of this page.
	Total int64 `json:"total"`
	// Page is the number of this page; the first is 1.
	Page int `json:"page"`
	// Limit is the largest number of entries of a page.
	Limit int `json:"limit"`
}

// Ptr returns a pointer to the value, for optional fields of requests.
func Ptr[T any](value T) *T { return &value }
