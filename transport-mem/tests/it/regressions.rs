//! Scripts that once failed, each with a line that says why. They hold now.

use std::fs;
use std::path::Path;

use peergroup_mem::Script;

#[test]
fn what_once_failed_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let shown = path.display();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().any(|line| line.starts_with("# ")), "{shown} does not say why");
        let script = Script::from_text(&text).unwrap_or_else(|error| panic!("{shown}: {error}"));
        script.verdict().unwrap_or_else(|failure| panic!("{shown}: {failure}"));
    }
}
