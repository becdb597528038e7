//! Commands for a terminal.

/// Gets a token from the server at `base` for the client in the variables
/// `CLIENT_ID` and `CLIENT_SECRET` of the shell.
pub fn token(base: &str) -> String {
    let address = format!("curl -s {base}/api/v1/token");
    let lines = [
        address.as_str(),
        "  -d grant_type=client_credentials",
        "  -d client_id=\"$CLIENT_ID\"",
        "  -d client_secret=\"$CLIENT_SECRET\"",
    ];
    lines.join(" \\\n")
}

/// Sets these variables; the secret is pasted.
pub fn variables(client_id: Option<&str>) -> String {
    let client_id = client_id.unwrap_or("paste the client id");
    format!("export CLIENT_ID='{client_id}'\nexport CLIENT_SECRET='paste the client secret'")
}
