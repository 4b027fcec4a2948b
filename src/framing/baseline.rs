//! Sources that the user chooses to compare with: `--baseline`.

use std::collections::BTreeSet;

use super::contrasts::Baseline;
use crate::corpus::Article;
use crate::{Error, Result};

/// Names so alike may be meant.
const NEAR: f64 = 0.75;
/// Names that a message lists, at most.
const NAMED: usize = 5;

/// Whether the chosen sources are sources of these articles.
///
/// # Errors
/// [`Error::Usage`] for one that is not, with the names that come near.
pub(crate) fn check_baseline(chosen: &[String], articles: &[Article]) -> Result<()> {
    let sources: BTreeSet<&str> = articles.iter().map(|a| a.source.as_str()).collect();
    let Some(unknown) = chosen.iter().find(|name| !sources.contains(name.as_str())) else { return Ok(()) };
    let lower = unknown.to_lowercase();
    let mut near: Vec<(f64, &str)> = sources
        .iter()
        .map(|&source| (strsim::jaro_winkler(&source.to_lowercase(), &lower), source))
        .filter(|(likeness, source)| *likeness >= NEAR || source.to_lowercase().contains(&lower))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let listed = |names: Vec<&str>| names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    let hint = if near.is_empty() {
        let more = if sources.len() > NAMED { ", ..." } else { "" };
        format!("name sources as the input has them: {}{more}", listed(sources.into_iter().collect()))
    } else {
        format!("did you mean: {}", listed(near.into_iter().map(|(_, name)| name).collect()))
    };
    Err(Error::usage(format!("--baseline: there is no source \"{unknown}\" in the input"), hint))
}

/// The chosen sources by index in `sources` (sorted), with the wire texts that they printed; `None` where none is chosen.
pub(super) fn baseline(
    chosen: &[String],
    sources: &[String],
    articles: &[Article],
    wire: &[Option<u32>],
) -> Option<Baseline> {
    let index = |name: &String| sources.binary_search(name).ok().map(|index| index as u32);
    let printed = articles.iter().zip(wire).filter_map(|(article, group)| Some(((*group)?, index(&article.source)?)));
    (!chosen.is_empty()).then(|| Baseline::new(chosen.iter().filter_map(index), printed))
}
