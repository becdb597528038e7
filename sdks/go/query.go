package agentidp

import (
	"net/url"
	"strconv"
	"time"
)

// wireTime is the form of times in requests: UTC with milliseconds.
const wireTime = "2006-01-02T15:04:05.000Z"

func setText[S ~string](values url.Values, name string, value S) {
	if value != "" {
		values.Set(name, string(value))
	}
}

func setNumber(values url.Values, name string, value int) {
	if value != 0 {
		values.Set(name, strconv.Itoa(value))
	}
}

func setTime(values url.Values, name string, value *time.Time) {
	if value != nil {
		values.Set(name, value.UTC().Format(wireTime))
	}
}

func pageQuery(page, limit int) url.Values {
	query := url.Values{}
	setNumber(query, "page", page)
	setNumber(query, "limit", limit)
	return query
}
