//! Differences as dots with intervals, one line per source.
//!
//! Each line is a row of a table, so that the picture and its numbers are read together, by eye and by ear, and the text
//! keeps its size on a narrow screen.

use std::borrow::Cow;
use std::collections::BTreeMap;

use maud::{Markup, html};

use super::found;
use super::words::{Said, name, number, probability, rounded};
use crate::framing;
use crate::report::{EmphasisStatus, Rows};

/// Facts or stories, difference, interval, q and status of one line.
pub(crate) struct Strip<'a> {
    /// Whose, or of what.
    pub name: Cow<'a, str>,
    /// Toward whom, for tones.
    pub about: Option<Said<'a>>,
    /// Where more about it stands, with `#`.
    pub link: Option<String>,
    /// "12 facts".
    pub basis: String,
    pub difference: Option<f64>,
    pub interval: Option<(f64, f64)>,
    pub q: Option<f64>,
    pub mde: Option<f64>,
    pub tested: bool,
}

/// How far the axes reach: one scale per measure for the whole page, so that stories and sources can be compared by eye.
pub(crate) struct Scales(BTreeMap<&'static str, f64>);

/// The name of the axis of topic frames.
pub(crate) const FRAMES: &str = "emphasis";

impl Scales {
    /// Wide enough for all that was tested; what was not, and lies farther out, is drawn at the edge.
    pub(crate) fn new(rows: &Rows) -> Self {
        let within =
            rows.contrasts.iter().map(|c| (c.measure.as_str(), c.status.into(), c.difference, c.ci_low, c.ci_high));
        let over =
            rows.sources.iter().map(|c| (c.measure.as_str(), c.status.into(), c.difference, c.ci_low, c.ci_high));
        let frames = rows.emphasis.iter().filter(|r| r.story_id.is_empty());
        let frames = frames.map(|c| (FRAMES, c.status, c.difference, c.ci_low, c.ci_high));
        let mut widest: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for (measure, status, difference, low, high) in within.chain(over).chain(frames) {
            let reach = [difference, low, high].into_iter().flatten().map(rounded).map(f64::abs).fold(0.0, f64::max);
            let (tested, any) = widest.entry(family(measure)).or_default();
            *any = any.max(reach);
            if status == EmphasisStatus::Ok {
                *tested = tested.max(reach);
            }
        }
        let round = |reach: f64| {
            let steps = [0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0];
            steps.into_iter().find(|step| *step >= reach).unwrap_or_else(|| reach.ceil())
        };
        Scales(
            widest.into_iter().map(|(m, (tested, any))| (m, round(if tested > 0.0 { tested } else { any }))).collect(),
        )
    }

    fn of(&self, measure: &str) -> f64 {
        self.0.get(family(measure)).copied().unwrap_or(1.0)
    }
}

/// The measures that share a scale: all tones do, all frames, and all lists of the user.
fn family(measure: &str) -> &'static str {
    let registered = framing::compared().into_iter().map(|(declared, _)| declared.name).find(|name| *name == measure);
    let shared = || ["tone:", FRAMES].into_iter().find(|family| measure.starts_with(family));
    registered.or_else(shared).unwrap_or_default()
}

/// The ends of the axis in words.
fn ends(measure: &str) -> (&'static str, &'static str) {
    if let Some(comparison) = framing::comparison(measure) {
        return (comparison.ends[0], comparison.ends[1]);
    }
    match family(measure) {
        "tone:" => ("less favourable", "more favourable"),
        FRAMES => ("dwells less", "dwells more"),
        _ => ("less", "more"),
    }
}

/// A table of lines under one axis; `what`: the heading of their names.
pub(crate) fn table(caption: &Markup, measure: &str, what: &str, scales: &Scales, strips: &[Strip<'_>]) -> Markup {
    let scale = scales.of(measure);
    let (less, more) = ends(measure);
    html! {
        div.scroll {
            table.strips {
                caption { (caption) }
                thead { tr {
                    th scope="col" { (what) }
                    th.plot scope="col" {
                        span.ends aria-hidden="true" { span { "← " (less) } span { (more) " →" } }
                        span.axis { span { (number(Some(-scale))) } span { "0" } span { (number(Some(scale))) } }
                    }
                    th.num scope="col" { "Difference" br; small { "95 % interval" } }
                    th.num scope="col" { "q" br; small { "basis" } }
                } }
                tbody { @for strip in strips { (line(strip, scale)) } }
            }
        }
    }
}

fn line(strip: &Strip<'_>, scale: f64) -> Markup {
    let class = match (strip.tested, found(strip.q)) {
        (false, _) => "insufficient",
        (true, true) => "found",
        (true, false) => "tested",
    };
    html! {
        tr class=(class) {
            th scope="row" {
                @match &strip.link { Some(link) => a href=(link) { (name(&strip.name)) }, None => (name(&strip.name)) }
                @if let Some(about) = &strip.about { br; small { "toward " (about) } }
            }
            td.plot { (picture(strip, scale)) }
            td.num {
                (number(strip.difference))
                @if let Some((low, high)) = strip.interval {
                    br; small { (number(Some(low))) " to " (number(Some(high))) }
                }
            }
            td.num {
                @if strip.tested { (probability(strip.q)) } @else { em { "insufficient" } }
                br;
                small {
                    (strip.basis)
                    @if strip.tested && !found(strip.q) && strip.mde.is_some() {
                        "; could show " (number(strip.mde))
                    }
                }
            }
        }
    }
}

/// The place of a value on the axis.
fn place(value: f64, scale: f64) -> String {
    let share = (rounded(value) / scale).clamp(-1.0, 1.0);
    format!("{:.1}%", 50.0 + share * 48.0)
}

fn picture(strip: &Strip<'_>, scale: f64) -> Markup {
    let Some(difference) = strip.difference else { return html! {} };
    let beyond = rounded(difference).abs() > scale;
    html! {
        svg role="img" width="100%" height="22" {
            title {
                "difference " (number(Some(difference)))
                @if let Some((low, high)) = strip.interval {
                    ", 95 % interval " (number(Some(low))) " to " (number(Some(high)))
                }
            }
            desc {
                @if !strip.tested { "Insufficient: too few to test, nothing may be concluded." }
                @else if found(strip.q) { "Stands out: q below .05." }
                @else { "Does not stand out." }
                @if beyond { " Beyond the axis." }
            }
            line.zero x1="50%" x2="50%" y1="0" y2="22" {}
            @if let Some((low, high)) = strip.interval {
                line.interval x1=(place(low, scale)) x2=(place(high, scale)) y1="11" y2="11" {}
            }
            circle.dot cx=(place(difference, scale)) cy="11" r="5" {}
        }
    }
}
