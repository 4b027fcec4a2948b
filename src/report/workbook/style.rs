//! How cells look.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, FormatUnderline};

use crate::report::Kind;

/// Blue for less, orange for more: told apart with any colour vision, light enough for black text.
pub(crate) const LESS: u32 = 0x9E_C5_E8;
/// See [`LESS`].
pub(crate) const MORE: u32 = 0xF6_B8_84;
/// Half of [`LESS`].
pub(crate) const SLIGHTLY_LESS: u32 = 0xD6_E7_F5;
/// Half of [`MORE`].
pub(crate) const SLIGHTLY_MORE: u32 = 0xFB_E0_CB;
pub(crate) const NEITHER: u32 = 0xFF_FF_FF;
/// Text of what is too little to conclude from; 4.5 : 1 on white.
pub(crate) const FAINT: u32 = 0x76_76_76;
/// Text of a link.
const LINK: u32 = 0x05_63_C1;
const HEADING: u32 = 0xE4_EA_F0;

/// The formats that are in use.
pub(crate) struct Styles {
    pub heading: Format,
    pub title: Format,
    pub section: Format,
    pub strong: Format,
    pub text: Texts,
    pub wrapped: Texts,
    pub date: Format,
    pub integer: Format,
    pub number: Format,
    pub probability: Format,
}

/// A format of text, as it is and as a link; of both, a form for text that looks like a formula.
pub(crate) struct Texts {
    forms: [[Format; 2]; 2],
}

impl Texts {
    fn new(format: Format) -> Self {
        let link = format.clone().set_font_color(LINK).set_underline(FormatUnderline::Single);
        Texts { forms: [format, link].map(|format| [format.clone(), format.set_quote_prefix()]) }
    }

    pub(crate) fn form(&self, link: bool, formula: bool) -> &Format {
        &self.forms[usize::from(link)][usize::from(formula)]
    }
}

impl Styles {
    pub(crate) fn new() -> Self {
        let top = || Format::new().set_align(FormatAlign::Top);
        Styles {
            heading: top()
                .set_bold()
                .set_background_color(HEADING)
                .set_border_bottom(FormatBorder::Thin)
                .set_text_wrap(),
            title: Format::new().set_bold().set_font_size(16),
            section: Format::new().set_bold().set_font_size(13).set_border_bottom(FormatBorder::Thin),
            strong: top().set_bold().set_text_wrap(),
            text: Texts::new(top().set_align(FormatAlign::Left).set_indent(1)),
            wrapped: Texts::new(top().set_text_wrap().set_align(FormatAlign::Left).set_indent(1)),
            date: top().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
            integer: top().set_num_format("0"),
            number: top().set_num_format("0.0000"),
            probability: top().set_num_format("0.000000"),
        }
    }

    /// Of a number.
    pub(crate) fn of(&self, kind: Kind) -> &Format {
        match kind {
            Kind::Probability => &self.probability,
            Kind::Number => &self.number,
            _ => &self.integer,
        }
    }
}
