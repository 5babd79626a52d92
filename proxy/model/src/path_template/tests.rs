use super::*;

#[test]
fn each_form_of_segment_is_read() {
    let path = PathTemplate::parse("/pets/{id}/{rest+}").unwrap();
    assert_eq!(
        path.segments(),
        [
            PathSegment::Literal("pets".into()),
            PathSegment::Variable("id".into()),
            PathSegment::Greedy("rest".into()),
        ]
    );
    assert_eq!(path.variables().collect::<Vec<_>>(), ["id", "rest"]);
    assert!(PathTemplate::parse("/").unwrap().segments().is_empty());
    assert_eq!(PathTemplate::parse("/pets/").unwrap().as_str(), "/pets");
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    assert!(PathTemplate::parse(text).unwrap_err().to_string().contains(expected), "{text}");
}

#[test]
fn what_is_no_path_is_refused_with_the_mend() {
    check_refused("pets", "begin with a slash");
    check_refused("/a//b", "segment \"\"");
    check_refused("/foo{x}", "fills it");
    check_refused("/{}", "fills it");
    check_refused("/{a b}", "fills it");
    check_refused("/{p+}/x", "end the path with it");
    check_refused("/{a}/{a}", "rename one");
    check_refused("/a?b", "[A-Za-z0-9_.,:-]");
}
