//! The name of a Rust project's package: that of its function, where cargo takes it.

/// Crates that a template depends on, or that the compiler brings: a crate of that name would hide it.
const TAKEN: [&str; 4] = ["edgeway_plugin_sdk", "serde_json", "std", "wstd"];

/// The function's name in lower case, as crates are named; `plugin-NAME` where cargo would refuse it.
pub(crate) fn package_name(function: &str) -> String {
    let name = function.to_lowercase();
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if begins_well && !TAKEN.contains(&name.replace('-', "_").as_str()) {
        name
    } else {
        format!("plugin-{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::package_name;

    #[test]
    fn a_package_has_a_name_that_cargo_takes() {
        assert_eq!(package_name("hello-world"), "hello-world");
        assert_eq!(package_name("PetShop"), "petshop");
        assert_eq!(package_name("_x"), "_x");
        assert_eq!(package_name("2fa"), "plugin-2fa");
        assert_eq!(package_name("serde-json"), "plugin-serde-json");
        // cargo takes keywords and names of its own when it builds.
        assert_eq!(package_name("async"), "async");
        assert_eq!(package_name("test"), "test");
    }
}
