//! Names, versions and commands of the SDKs; the one list of them.

/// An SDK.
pub struct Sdk {
    /// Name in addresses.
    pub key: &'static str,
    /// Language.
    pub title: &'static str,
    /// What it is published as.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it runs on.
    pub runtime: &'static str,
    /// How it is installed.
    pub install: &'static str,
    /// A program with `@BASE_URL@` and `@CLIENT_ID@` in the places of both.
    program: &'static str,
}

impl Sdk {
    /// A program that reads the record of its own agent from the server at
    /// `base`. The secret comes from the environment.
    pub fn example(&self, base: &str, client_id: Option<&str>) -> String {
        let client_id = client_id.unwrap_or("your-client-id");
        let program = self.program.trim_end().replace("@BASE_URL@", base);
        program.replace("@CLIENT_ID@", client_id)
    }
}

/// All SDKs.
pub static SDKS: [Sdk; 5] = [
    Sdk {
        key: "typescript",
        title: "TypeScript / Node.js",
        package: "@sentryagent/idp-sdk",
        version: "1.0.0",
        runtime: "Node.js 18, browsers",
        install: "npm install @sentryagent/idp-sdk",
        program: include_str!("../../../assets/snippets/typescript.ts"),
    },
    Sdk {
        key: "python",
        title: "Python",
        package: "sentryagent-idp",
        version: "1.0.0",
        runtime: "Python 3.9",
        install: "pip install sentryagent-idp",
        program: include_str!("../../../assets/snippets/python.py"),
    },
    Sdk {
        key: "go",
        title: "Go",
        package: "github.com/sentryagent/idp-sdk-go",
        version: "1.0.0",
        runtime: "Go 1.21",
        install: "go get github.com/sentryagent/idp-sdk-go",
        program: include_str!("../../../assets/snippets/go.go"),
    },
    Sdk {
        key: "java",
        title: "Java",
        package: "ai.sentryagent:idp-sdk",
        version: "1.0.0",
        runtime: "Java 17",
        install: "<dependency>
  <groupId>ai.sentryagent</groupId>
  <artifactId>idp-sdk</artifactId>
  <version>1.0.0</version>
</dependency>",
        program: include_str!("../../../assets/snippets/java.java"),
    },
    Sdk {
        key: "rust",
        title: "Rust",
        package: "sentryagent-idp",
        version: "1.0.0",
        runtime: "stable Rust",
        install: "cargo add sentryagent-idp",
        program: include_str!("../../../assets/snippets/rust.rs.txt"),
    },
];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Where an SDK names itself, and where its version.
    const MANIFESTS: [(&str, &str, &str); 5] = [
        (
            "typescript",
            "sdks/typescript/package.json",
            "sdks/typescript/package.json",
        ),
        (
            "python",
            "sdks/python/pyproject.toml",
            "sdks/python/src/sentryagent_idp/_version.py",
        ),
        ("go", "sdks/go/go.mod", "sdks/go/doc.go"),
        ("java", "sdks/java/pom.xml", "sdks/java/pom.xml"),
        (
            "rust",
            "crates/client/Cargo.toml",
            "crates/client/Cargo.toml",
        ),
    ];

    fn read(path: &str) -> String {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        fs::read_to_string(format!("{root}/{path}")).unwrap()
    }

    #[test]
    fn names_and_versions_are_those_of_the_packages() {
        for (sdk, (key, named, versioned)) in SDKS.iter().zip(MANIFESTS) {
            assert_eq!(sdk.key, key);
            for name in sdk.package.split(':') {
                assert!(read(named).contains(name), "{named}: {name}");
                assert!(sdk.install.contains(name), "{}", sdk.install);
            }
            let version = sdk.version;
            let forms = [format!("\"{version}\""), format!("<version>{version}<")];
            let manifest = read(versioned);
            assert!(forms.iter().any(|f| manifest.contains(f)), "{versioned}");
        }
    }

    #[test]
    fn programs_name_server_and_client_and_no_secret() {
        for sdk in &SDKS {
            let program = sdk.example("https://idp.example", Some("a1b2"));
            assert!(program.contains("\"https://idp.example\"") || sdk.key == "typescript");
            assert!(program.contains("a1b2") && program.contains("CLIENT_SECRET"));
            assert!(
                !program.contains('@') || sdk.key == "typescript",
                "{program}"
            );
            assert!(!program.contains("sk_live_"), "{program}");
        }
    }
}
