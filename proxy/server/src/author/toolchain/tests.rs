use super::*;

#[test]
fn versions_are_found_in_what_programs_print() {
    assert_eq!(parse_version("v20.20.2\n"), Some((20, 20)));
    assert_eq!(parse_version("Python 3.11.7"), Some((3, 11)));
    assert_eq!(parse_version("Debian clang version 14.0.6"), Some((14, 0)));
    assert_eq!(parse_version("none"), None);
    assert_eq!(parse_version("7"), None);
}

const TOOL: Program = Program { name: "tool", install: "install it" };

/// A machine with a `tool` in each of these folders.
fn machine(folders: &[&str]) -> tempfile::TempDir {
    let root = tempfile::TempDir::new().unwrap();
    for folder in folders {
        let folder = root.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("tool"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(folder.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    }
    root
}

/// The program that is run, below the root.
fn found(root: &Path, path: &[&Path]) -> Result<String, String> {
    let root = root.canonicalize().unwrap();
    let path = std::env::join_paths(path).unwrap();
    let search = SearchPath::new(&path, &root.join("project"));
    let command = search.command(&TOOL).map_err(|error| error.to_string())?;
    Ok(Path::new(command.get_program()).strip_prefix(root).unwrap().display().to_string())
}

#[test]
fn a_program_of_the_project_is_never_run() {
    let machine = machine(&["project/node_modules/.bin", "bin"]);
    let root = machine.path();
    let (own, other) = (root.join("project/node_modules/.bin"), root.join("bin"));
    assert_eq!(found(root, &[&own, &other]), Ok("bin/tool".to_owned()));
    let error = found(root, &[&own]).unwrap_err();
    assert!(error.starts_with("tool is only in the plugin's own folder (/"), "{error}");
    assert!(error.ends_with("of which nothing is run; install it"), "{error}");
    // Not by another way into it either.
    let link = root.join("link");
    std::os::unix::fs::symlink(&own, &link).unwrap();
    assert_eq!(found(root, &[&link, &other]), Ok("bin/tool".to_owned()));
}

#[test]
fn where_a_program_is_does_not_depend_on_where_we_are() {
    let machine = machine(&[]);
    for relative in ["", ".", "bin"] {
        let error = found(machine.path(), &[Path::new(relative)]).unwrap_err();
        assert_eq!(error, "tool is missing; install it");
    }
}

#[test]
fn what_is_no_program_is_passed_over() {
    let machine = machine(&["bin"]);
    let (dir, bin) = (machine.path().join("dir"), machine.path().join("bin"));
    fs::create_dir_all(dir.join("tool")).unwrap();
    assert_eq!(found(machine.path(), &[&dir, &bin]), Ok("bin/tool".to_owned()));
    fs::set_permissions(bin.join("tool"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(found(machine.path(), &[&dir, &bin]).is_err());
}

#[test]
fn another_recipe_is_installed_beside() {
    let tools = tempfile::TempDir::new().unwrap();
    let mut installed = Vec::new();
    for recipe in ["1.0", "1.1", "1.0"] {
        let folder = install_once(tools.path(), "python", recipe.as_bytes(), |folder| {
            installed.push(recipe);
            fs::write(folder.join("what"), recipe).map_err(Into::into)
        });
        assert_eq!(fs::read_to_string(folder.unwrap().join("what")).unwrap(), recipe);
    }
    assert_eq!(installed, ["1.0", "1.1"]);
}
