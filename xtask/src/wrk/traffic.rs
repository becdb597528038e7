//! What wrk sends, as the Lua script that makes it do so.

/// Requests of one kind.
#[derive(Clone, Debug)]
pub struct Traffic {
    method: &'static str,
    /// Path of the requests, or of the first one.
    pub path: String,
    content_type: Option<&'static str>,
    header: Option<(&'static str, String)>,
    variation: Variation,
}

/// In what the requests differ from one another.
#[derive(Clone, Debug)]
enum Variation {
    /// In nothing.
    Same(String),
    /// Each has the next one of these bodies, over and over.
    Bodies(Vec<String>),
    /// Each has the next one of these bodies; then the load ends.
    BodiesOnce(Vec<String>),
    /// Each has the next one of these paths and tokens, over and over.
    Paths(Vec<(String, String)>),
    /// Each is a GET of the next one of these paths, over and over.
    Gets(Vec<String>),
    /// Each has a number that no other request has between the two texts.
    Numbered(String, String),
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Prints one line of figures; see `Load`.
const DONE: &str = "\
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format(\"FIGURES %d %d %d %d %d %d\\n\", summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    e.connect + e.read + e.write + e.status + e.timeout))
end
";

/// Requests are composed before the load begins; composing them costs the
/// generator more than sending them.
const IN_TURN: &str = "\
local at = 0
init = function()
  for index, make in ipairs(list) do list[index] = make() end
end
request = function()
  at = at % #list + 1
  return list[at]
end
";

/// wrk counts no request after its thread was stopped.
const ONCE: &str = "\
local at = 0
init = function()
  for index, make in ipairs(list) do list[index] = make() end
end
request = function()
  if at == #list then wrk.thread:stop() else at = at + 1 end
  return list[at]
end
";

impl Traffic {
    /// A GET.
    pub fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            content_type: None,
            header: None,
            variation: Variation::Same(String::new()),
        }
    }

    /// GETs of paths in turn.
    pub fn gets(paths: &[String]) -> Self {
        let first = paths.first().cloned().unwrap_or_default();
        Self {
            variation: Variation::Gets(paths.to_vec()),
            ..Self::get(&first)
        }
    }

    fn post(path: &str, content_type: &'static str, variation: Variation) -> Self {
        Self {
            method: "POST",
            content_type: Some(content_type),
            variation,
            ..Self::get(path)
        }
    }

    /// A POST of a form.
    pub fn form(path: &str, form: String) -> Self {
        Self::post(path, FORM, Variation::Same(form))
    }

    /// POSTs of forms in turn.
    pub fn forms(path: &str, forms: Vec<String>) -> Self {
        Self::post(path, FORM, Variation::Bodies(forms))
    }

    /// POSTs of forms, each one once.
    pub fn forms_once(path: &str, forms: Vec<String>) -> Self {
        Self::post(path, FORM, Variation::BodiesOnce(forms))
    }

    /// POSTs of JSON that hold a number between two texts.
    pub fn numbered(path: &str, before: &str, after: &str) -> Self {
        let variation = Variation::Numbered(before.to_owned(), after.to_owned());
        Self::post(path, JSON, variation)
    }

    /// POSTs of `{}` to paths in turn, each with the token beside it.
    pub fn paths(paths: Vec<(String, String)>) -> Self {
        let first = paths.first().map(|(path, _)| path.clone());
        let path = first.unwrap_or_default();
        Self::post(&path, JSON, Variation::Paths(paths))
    }

    /// The same with a token.
    pub fn with_bearer(self, token: &str) -> Self {
        self.with_header("Authorization", &format!("Bearer {token}"))
    }

    /// The same with what lets a request in, in the place of what did before.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.header = Some((name, value.to_owned()));
        self
    }

    /// The script; `run` is a number that no other run has.
    pub fn script(&self, run: u32) -> String {
        let mut script = format!("wrk.method = {}\n", quoted(self.method));
        if let Some(content_type) = self.content_type {
            script += &header("Content-Type", content_type);
        }
        if let Some((name, value)) = &self.header {
            script += &header(name, value);
        }
        script += &match &self.variation {
            Variation::Same(body) if body.is_empty() => String::new(),
            Variation::Same(body) => format!("wrk.body = {}\n", quoted(body)),
            Variation::Bodies(bodies) => with_bodies(bodies) + IN_TURN,
            Variation::BodiesOnce(bodies) => with_bodies(bodies) + ONCE,
            Variation::Paths(paths) => with_paths(paths) + IN_TURN,
            Variation::Gets(paths) => with_gets(paths) + IN_TURN,
            Variation::Numbered(before, after) => numbered(run, before, after),
        };
        script + DONE
    }
}

fn header(name: &str, value: &str) -> String {
    format!("wrk.headers[\"{name}\"] = {}\n", quoted(value))
}

fn with_bodies(bodies: &[String]) -> String {
    list(bodies.iter().map(|body| {
        let body = quoted(body);
        format!("wrk.format(nil, nil, nil, {body})")
    }))
}

fn with_paths(paths: &[(String, String)]) -> String {
    let json = quoted(JSON);
    list(paths.iter().map(|(path, token)| {
        let (path, token) = (quoted(path), quoted(&format!("Bearer {token}")));
        let headers = format!("{{[\"Authorization\"] = {token}, [\"Content-Type\"] = {json}}}");
        format!("wrk.format(nil, {path}, {headers}, \"{{}}\")")
    }))
}

fn with_gets(paths: &[String]) -> String {
    list(paths.iter().map(|path| {
        let path = quoted(path);
        format!("wrk.format(nil, {path})")
    }))
}

/// A table of functions that compose a request each.
fn list(requests: impl Iterator<Item = String>) -> String {
    let lines: String = requests
        .map(|request| format!("  function() return {request} end,\n"))
        .collect();
    format!("local list = {{\n{lines}}}\n")
}

fn numbered(run: u32, before: &str, after: &str) -> String {
    format!(
        "local at = 0\nrequest = function()\n  at = at + 1\n  \
         return wrk.format(nil, nil, nil, {} .. \"{run}-\" .. at .. {})\nend\n",
        quoted(before),
        quoted(after)
    )
}

/// A long string of Lua, in which nothing has to be escaped. Not to be put
/// behind a bracket, which would make another string of it.
fn quoted(text: &str) -> String {
    format!("[==[{text}]==]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_is_set_once() {
        let traffic = Traffic::form("/t", "a=b".to_owned()).with_bearer("x");
        let script = traffic.script(1);
        assert!(script.contains("wrk.body = [==[a=b]==]"), "{script}");
        assert!(
            script.contains("wrk.headers[\"Authorization\"] = [==[Bearer x]==]"),
            "{script}"
        );
        assert!(!script.contains("request ="), "{script}");
    }

    #[test]
    fn numbers_differ_from_run_to_run() {
        let traffic = Traffic::numbered("/t", "{\"n\":\"", "\"}");
        assert!(
            traffic
                .script(7)
                .contains("[==[{\"n\":\"]==] .. \"7-\" .. at")
        );
    }

    #[test]
    fn paths_carry_their_own_token() {
        let traffic = Traffic::paths(vec![("/a".to_owned(), "t".to_owned())]);
        assert_eq!(traffic.path, "/a");
        assert!(traffic.script(1).contains("[==[/a]==]"));
        assert!(traffic.script(1).contains("[==[Bearer t]==]"));
        let paths = ["/a".to_owned(), "/b".to_owned()];
        let traffic = Traffic::gets(&paths).with_bearer("x");
        assert!(traffic.script(1).contains("wrk.format(nil, [==[/b]==])"));
        let script = traffic.with_header("Cookie", "id=7").script(1);
        assert!(
            script.contains("wrk.headers[\"Cookie\"] = [==[id=7]==]"),
            "{script}"
        );
        assert!(!script.contains("Authorization"), "{script}");
    }
}
