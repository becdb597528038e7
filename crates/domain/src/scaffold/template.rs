//! The files of the projects, with their placeholders.

use crate::scaffold::Language;
use crate::scaffold::variables::Variables;

/// A file of a starter project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaffoldFile {
    /// Path inside the archive, with `/`.
    pub path: &'static str,
    /// Content.
    pub content: String,
}

/// A template holds something that is no placeholder of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template of {path} cannot be filled in at {placeholder:?}")]
pub struct BrokenTemplate {
    /// Path of the file.
    path: &'static str,
    /// What stands there.
    placeholder: String,
}

/// A file with placeholders.
struct Template {
    path: &'static str,
    text: &'static str,
}

/// A list of templates: paths in the archive and files of this folder.
macro_rules! templates {
    ($($path:literal from $file:literal,)+) => {
        &[$(Template { path: $path, text: include_str!(concat!("templates/", $file)) }),+]
    };
}

const TYPESCRIPT: &[Template] = templates! {
    "package.json" from "typescript/package.json.in",
    "tsconfig.json" from "typescript/tsconfig.json.in",
    "src/index.ts" from "typescript/index.ts.in",
    ".env.example" from "shared/env.in",
    "README.md" from "typescript/README.md.in",
    ".gitignore" from "typescript/gitignore.in",
};

const PYTHON: &[Template] = templates! {
    "requirements.txt" from "python/requirements.txt.in",
    "main.py" from "python/main.py.in",
    ".env.example" from "shared/env.in",
    "README.md" from "python/README.md.in",
    ".gitignore" from "python/gitignore.in",
};

const GO: &[Template] = templates! {
    "go.mod" from "go/go.mod.in",
    "main.go" from "go/main.go.in",
    ".env.example" from "shared/env.in",
    "README.md" from "go/README.md.in",
    ".gitignore" from "go/gitignore.in",
};

const JAVA: &[Template] = templates! {
    "pom.xml" from "java/pom.xml.in",
    "src/main/java/ai/sentryagent/scaffold/Main.java" from "java/Main.java.in",
    ".env.example" from "shared/env.in",
    "README.md" from "java/README.md.in",
    ".gitignore" from "java/gitignore.in",
};

const RUST: &[Template] = templates! {
    "Cargo.toml" from "rust/Cargo.toml.in",
    "src/main.rs" from "rust/main.rs.in",
    ".env.example" from "shared/env.in",
    "README.md" from "rust/README.md.in",
    ".gitignore" from "rust/gitignore.in",
};

impl Language {
    fn templates(self) -> &'static [Template] {
        match self {
            Self::TypeScript => TYPESCRIPT,
            Self::Python => PYTHON,
            Self::Go => GO,
            Self::Java => JAVA,
            Self::Rust => RUST,
        }
    }

    /// The files of a project in this language, in the order of the archive.
    ///
    /// # Errors
    ///
    /// A broken template; ruled out by the tests.
    pub(super) fn render(self, variables: &Variables) -> Result<Vec<ScaffoldFile>, BrokenTemplate> {
        let templates = self.templates().iter();
        templates
            .map(|template| template.render(variables))
            .collect()
    }
}

impl Template {
    /// Fills in once, from left to right: what a value brings along is never
    /// taken for a placeholder.
    fn render(&self, variables: &Variables) -> Result<ScaffoldFile, BrokenTemplate> {
        let broken = |placeholder: &str| BrokenTemplate {
            path: self.path,
            placeholder: placeholder.to_owned(),
        };
        let mut content = String::with_capacity(self.text.len());
        let mut rest = self.text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (placeholder, after) = after.split_once("}}").ok_or_else(|| broken("{{"))?;
            let value = variables.fill(placeholder);
            content.push_str(before);
            content.push_str(&value.ok_or_else(|| broken(placeholder))?);
            rest = after;
        }
        content.push_str(rest);
        Ok(ScaffoldFile {
            path: self.path,
            content,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaffold::variables::tests::agent;

    /// A name that closes, opens and interpolates whatever it can, and looks
    /// like a placeholder.
    const NAME: &str = "o'neil*/$HOME`id`{{x}}|&~é";

    fn rendered(language: Language) -> Vec<ScaffoldFile> {
        let agent = agent(&format!("{NAME}@acme.example"), &["resume:read", "*"]);
        let variables = Variables::of(&agent, "https://api.example");
        language.render(&variables).unwrap()
    }

    fn file(language: Language, path: &str) -> String {
        let files = rendered(language);
        let found = files.into_iter().find(|file| file.path == path);
        found.unwrap().content
    }

    #[test]
    fn there_are_26_files_and_all_can_be_filled_in() {
        let mut count = 0;
        for language in Language::ALL {
            let files = rendered(*language);
            count += files.len();
            for path in [".env.example", "README.md", ".gitignore"] {
                assert!(
                    files.iter().any(|file| file.path == path),
                    "{language} {path}"
                );
            }
            for file in &files {
                assert!(file.content.ends_with('\n'), "{language} {}", file.path);
                assert!(
                    !file.content.contains("_NAME}}"),
                    "{language} {}",
                    file.path
                );
            }
        }
        assert_eq!(count, 26);
    }

    #[test]
    fn manifests_and_descriptions_tell_of_the_agent() {
        for (language, manifest) in [
            (Language::TypeScript, "package.json"),
            (Language::Python, "requirements.txt"),
            (Language::Go, "go.mod"),
            (Language::Java, "pom.xml"),
            (Language::Rust, "Cargo.toml"),
        ] {
            for path in [manifest, "README.md"] {
                let content = file(language, path);
                for fact in ["neil", "screener", "resume:read"] {
                    assert!(content.contains(fact), "{language} {path} {fact}");
                }
            }
        }
    }

    #[test]
    fn the_manifest_of_npm_is_json() {
        for path in ["package.json", "tsconfig.json"] {
            let content = file(Language::TypeScript, path);
            let json: serde_json::Value = serde_json::from_str(&content).unwrap();
            if path == "package.json" {
                assert!(json["description"].as_str().unwrap().contains(NAME));
                assert_eq!(json["keywords"][0], "resume:read");
                assert!(json["scripts"]["dev"].is_string());
            }
        }
    }

    #[test]
    fn settings_hold_everything_but_the_secret() {
        let settings = file(Language::Go, ".env.example");
        let lines: Vec<&str> = settings.lines().filter(|l| !l.starts_with('#')).collect();
        let expected = [
            "AGENT_ID=a1b2c3d4-0000-4000-8000-000000000001",
            "AGENT_NAME=\"o'neil*/\\$HOME\\`id\\`{{x}}|&~é\"",
            "CLIENT_ID=a1b2c3d4-0000-4000-8000-000000000001",
            "CLIENT_SECRET=",
            "API_URL=https://api.example",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn broken_templates_are_errors() {
        let agent = agent("a@acme.example", &[]);
        let variables = Variables::of(&agent, "x");
        for text in ["{{", "a {{AGENT_ID}}", "{{json:NOTHING}} b"] {
            let broken = Template { path: "p", text };
            assert!(broken.render(&variables).is_err(), "{text}");
        }
    }
}
