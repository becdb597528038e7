# Decides from method, path and token scopes whether a request may go on.
#
#   input: {"method": "GET", "path": "/api/v1/agents", "scopes": ["agents:read"], "self": false}
#   data.scopes: {"GET:/api/v1/agents": ["agents:read"], ...}
#   query: data.authz.allow
#
# A new endpoint needs an entry in data/scopes.json; one with an id in its path
# also needs its collection below.

package authz

import rego.v1

default allow := false

# The token holds every scope of the entry; an empty list asks for none.
allow if {
	required := data.scopes[lookup_key]
	every scope in required {
		scope in input.scopes
	}
}

# Whoever acts on itself needs no scope here.
allow if {
	input.self == true
	lookup_key in self_service
	data.scopes[lookup_key]
}

self_service := {
	"POST:/api/v1/agents/:id/credentials",
	"GET:/api/v1/agents/:id/credentials",
	"POST:/api/v1/agents/:id/credentials/:credId/rotate",
	"DELETE:/api/v1/agents/:id/credentials/:credId",
	"POST:/api/v1/token/introspect",
	"POST:/api/v1/token/revoke",
}

# Key of the request in data.scopes; undefined for a path that could be read in
# two ways.
lookup_key := concat(":", [input.method, normalise_path(input.path)]) if {
	not ambiguous(input.path)
}

# The pattern of a path, one trailing slash dropped. Ids are found by their
# position, whatever they look like; a path without a pattern stays as it is.
normalise_path(path) := pattern(trim_suffix(path, "/"))

pattern(path) := aliases[path] if {
	aliases[path]
}

# Fixed words win over ids.
else := path if {
	listed(path)
}

else := one_id if {
	one_id := with_id(path)
	listed(one_id)
}

else := two_ids if {
	two_ids := with_credential_id(with_id(path))
	listed(two_ids)
}

else := path

aliases := {
	"/oauth2/introspect": "/api/v1/token/introspect",
	"/oauth2/revoke": "/api/v1/token/revoke",
}

# Whether any method of the pattern is in the map.
listed(path) if {
	some method in {"DELETE", "GET", "PATCH", "POST", "PUT"}
	data.scopes[concat(":", [method, path])]
}

# The segment behind one of these is an id. None may be the beginning of another.
collections := {
	"/api/v1/agents",
	"/api/v1/audit",
	"/api/v1/federation/partners",
	"/api/v1/oauth2/token/delegate",
	"/api/v1/oidc/trust-policies",
	"/api/v1/organizations",
	"/api/v1/sdk/scaffold",
	"/api/v1/webhooks",
}

with_id(path) := concat("/", array.concat([collection, ":id"], rest)) if {
	segments := split(path, "/")
	some length in [4, 5, 6]
	collection := concat("/", array.slice(segments, 0, length))
	collection in collections
	count(segments) > length
	rest := array.slice(segments, length + 1, count(segments))
}

with_credential_id(path) := concat("/", array.concat([credentials, ":credId"], rest)) if {
	credentials := "/api/v1/agents/:id/credentials"
	startswith(path, concat("", [credentials, "/"]))
	segments := split(path, "/")
	rest := array.slice(segments, 7, count(segments))
}

ambiguous(path) if contains(path, "//")

ambiguous(path) if ".." in split(path, "/")

# Encoded slashes, and characters that nobody needs to encode (RFC 3986 2.3):
# the router may read them as what they stand for.
ambiguous(path) if {
	contains(path, "%")
	regex.match(`%(2[d-f]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5f|7e)`, lower(path))
}
