//! Query strings: read, and written into links.

use actix_web::HttpRequest;
use agentidp_domain::page::PageRequest;
use url::form_urlencoded;

/// Entries of a page of a list.
const PAGE_SIZE: u32 = 20;

/// Name of the parameter with the page number.
const PAGE: &str = "page";

/// The parameters of a query string. Of a repeated one the first counts.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The query string of `request`.
    pub fn read(request: &HttpRequest) -> Self {
        let pairs = form_urlencoded::parse(request.query_string().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The value of a parameter without surrounding blanks; empty when absent.
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// The value of a parameter as a domain type; `None` when it is absent or
    /// means nothing, so that a list is shown for an odd link too.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).parse().ok()
    }

    /// The wanted page of a list, from 1.
    pub fn page(&self) -> PageRequest {
        let page = self.parsed(PAGE).unwrap_or(1);
        PageRequest::new(page, PAGE_SIZE).unwrap_or_default()
    }

    /// A link to `path` with these `parameters`, of which empty ones are left
    /// out.
    pub fn link(path: &str, parameters: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }

    /// The same for another page of a list: these parameters and its number.
    pub fn page_link(path: &str, parameters: &[(&str, &str)], page: u32) -> String {
        let number = page.to_string();
        let mut all = parameters.to_vec();
        if page > 1 {
            all.push((PAGE, &number));
        }
        Self::link(path, &all)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn query(text: &str) -> Query {
        Query::read(&TestRequest::with_uri(&format!("/x?{text}")).to_http_request())
    }

    #[test]
    fn an_odd_page_number_is_the_first_page() {
        for odd in [
            "",
            "page=",
            "page=0",
            "page=-1",
            "page=x",
            "page=4294967296",
        ] {
            assert_eq!(query(odd).page().page(), 1, "{odd}");
        }
        assert_eq!(query("page=7").page().page(), 7);
    }

    #[test]
    fn links_carry_what_is_there_and_nothing_else() {
        let parameters = [("status", "active"), ("q", ""), ("agentId", "a b&c")];
        assert_eq!(
            Query::page_link("/x", &parameters, 2),
            "/x?status=active&agentId=a+b%26c&page=2"
        );
        assert_eq!(Query::page_link("/x", &[], 1), "/x");
        assert_eq!(query("agentId=a+b%26c").get("agentId"), "a b&c");
    }
}
