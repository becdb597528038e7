package ai.sentryagent.idp;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One call of the API.
 *
 * @param method the HTTP method
 * @param path path below the API prefix with its query, escaped
 * @param contentType type of the body, null without one
 * @param body null for none
 * @param anonymous whether the call sends no token
 */
record ApiRequest(String method, String path, String contentType, byte[] body, boolean anonymous) {

    private static final String JSON = "application/json";
    private static final String FORM = "application/x-www-form-urlencoded";

    static ApiRequest get(String... segments) {
        return new ApiRequest("GET", join(segments), null, null, false);
    }

    static ApiRequest delete(String... segments) {
        return new ApiRequest("DELETE", join(segments), null, null, false);
    }

    static ApiRequest json(String method, Object body, String... segments) {
        return new ApiRequest(method, join(segments), JSON, Json.write(body == null ? Map.of() : body), false);
    }

    static ApiRequest form(Map<String, String> parameters, String... segments) {
        byte[] body = encode(parameters).getBytes(StandardCharsets.US_ASCII);
        return new ApiRequest("POST", join(segments), FORM, body, false);
    }

    /** Adds the values of a request that are set as the query. */
    ApiRequest withQuery(Object params) {
        Map<String, ?> values = params == null ? Map.of() : Json.members(params);
        String query = values.isEmpty() ? "" : "?" + encode(values);
        return new ApiRequest(method, path + query, contentType, body, anonymous);
    }

    ApiRequest withoutToken() {
        return new ApiRequest(method, path, contentType, body, true);
    }

    /** Tells whether the call may be repeated after a 401. */
    boolean idempotent() {
        return method.equals("GET") || method.equals("DELETE");
    }

    private static String join(String... segments) {
        return Arrays.stream(segments).map(ApiRequest::segment).collect(Collectors.joining());
    }

    /** An empty id or a dot segment would address another resource than the caller meant. */
    private static String segment(String value) {
        if (value == null || value.isEmpty() || value.equals(".") || value.equals("..")) {
            throw AgentIdPException.invalidArgument("An id in the path must not be empty or a dot segment.");
        }
        return "/" + escape(value).replace("+", "%20");
    }

    private static String encode(Map<String, ?> values) {
        return values.entrySet().stream()
                .map(entry -> escape(entry.getKey()) + "=" + escape(String.valueOf(entry.getValue())))
                .collect(Collectors.joining("&"));
    }

    private static String escape(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
