//! What a report says when it has nothing to show.

use super::Rows;

/// Why no contrast has q < .05, for the end of a sentence: too few stories, too few shared facts, or nothing found.
pub fn nothing_stands_out(rows: &Rows) -> String {
    let tested = rows.contrasts.iter().filter(|r| r.status == "ok").count();
    if rows.stories.iter().all(|s| s.n_sources < 2) {
        "no story has articles of several sources".into()
    } else if tested == 0 {
        "no source shares enough facts with others inside one story".to_owned()
    } else {
        format!("none of {tested} tested contrasts has q < .05")
    }
}
