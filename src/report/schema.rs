//! The description of a table, from which its files, its reader and its documentation are made.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::named::Named;
use crate::named::named;
use crate::text::{SpeakerKind, Voice};

named! {
    /// How the values of a column are to be read.
    #[derive(Hash, serde::Serialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Kind {
        /// Words.
        Text = "text",
        /// A name that other files refer to.
        Id = "id",
        /// A calendar day, `2024-02-12`.
        Date = "date",
        /// A whole number.
        Integer = "integer",
        /// A number, written with at most four decimals.
        Number = "number",
        /// A p or q value, written with at most six decimals.
        Probability = "probability",
    }
}

impl Kind {
    /// Whether cells of this kind are words of somebody, which a spreadsheet must not take for a formula.
    pub fn is_textual(self) -> bool {
        matches!(self, Kind::Text | Kind::Id)
    }

    /// How many decimals are written at most.
    pub(crate) fn decimals(self) -> usize {
        match self {
            Kind::Probability => 6,
            Kind::Number => 4,
            _ => 0,
        }
    }
}

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// The heading.
    pub name: &'static str,
    /// How the values are to be read.
    pub kind: Kind,
    /// Unit or range of the numbers; empty for text.
    pub unit: &'static str,
    /// Meaning: scale, direction, and what an empty cell says.
    pub description: &'static str,
    /// The only values that occur besides the empty one; no entry: any value.
    pub values: &'static [&'static str],
    /// Whether every row has a value.
    pub required: bool,
}

/// The description of a table, without its rows.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Table {
    /// File name.
    pub file: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// The columns that together name a row; empty where rows have no name.
    pub key: &'static [&'static str],
    /// The columns in their order.
    pub columns: &'static [Column],
}

/// A row of a report file.
pub trait Row {
    /// File name.
    const FILE: &'static str;
    /// What a row is.
    const ABOUT: &'static str;
    /// The columns that together name a row; empty where rows have no name.
    const KEY: &'static [&'static str];

    /// The columns in their order.
    fn columns() -> &'static [Column];

    /// The row's values, one for each column.
    fn cells(&self) -> Vec<Cell<'_>>;

    /// The description of the whole table.
    fn table() -> Table {
        Table { file: Self::FILE, about: Self::ABOUT, key: Self::KEY, columns: Self::columns() }
    }
}

impl<R: Row> Row for &R {
    const FILE: &'static str = R::FILE;
    const ABOUT: &'static str = R::ABOUT;
    const KEY: &'static [&'static str] = R::KEY;

    fn columns() -> &'static [Column] {
        R::columns()
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        R::cells(self)
    }
}

/// A row that can be read back from its file.
pub trait ReadRow: Row + Sized {
    /// The row from its cells, one for each column; the error names the column.
    fn from_cells<S: AsRef<str>>(cells: &[S]) -> Result<Self, (&'static str, String)>;
}

/// A value on its way to a file. Whether a number is a probability is for its [`Column`] to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Unknown, or not applicable.
    Empty,
    /// Words or an id.
    Text(Cow<'a, str>),
    /// A day.
    Date(Date),
    /// A count, offset or rank.
    Integer(u64),
    /// A measurement. What is not finite is written as empty.
    Number(f64),
}

/// A type that can be a column.
pub(crate) trait Field: Sized {
    /// Whether there is always a value.
    const REQUIRED: bool;

    /// The only values that occur besides the empty one; no entry: any value.
    const VALUES: &'static [&'static str] = &[];

    /// The value on its way out.
    fn cell(&self) -> Cell<'_>;

    /// The value on its way in; the error says what was expected.
    fn parse(text: &str) -> Result<Self, String>;
}

impl Field for String {
    const REQUIRED: bool = false;

    fn cell(&self) -> Cell<'_> {
        if self.is_empty() { Cell::Empty } else { Cell::Text(Cow::Borrowed(self)) }
    }

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

/// What stands between the items of a list in one cell.
const LIST_SEPARATOR: &str = "; ";

/// A list in one cell, joined by `; `. An item that holds `; ` itself cannot be told apart when read back.
impl<F: Field> Field for Vec<F> {
    const REQUIRED: bool = false;

    fn cell(&self) -> Cell<'_> {
        let word = |item| match Field::cell(item) {
            Cell::Text(word) => word,
            _ => Cow::Borrowed(""),
        };
        match self.as_slice() {
            [] => Cell::Empty,
            [one] => Cell::Text(word(one)),
            many => Cell::Text(Cow::Owned(many.iter().map(word).collect::<Vec<_>>().join(LIST_SEPARATOR))),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(Vec::new()) } else { text.split(LIST_SEPARATOR).map(F::parse).collect() }
    }
}

impl Field for usize {
    const REQUIRED: bool = true;

    fn cell(&self) -> Cell<'_> {
        Cell::Integer(*self as u64)
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("expected a whole number, found '{text}'"))
    }
}

impl Field for f64 {
    const REQUIRED: bool = true;

    fn cell(&self) -> Cell<'_> {
        Cell::Number(*self)
    }

    fn parse(text: &str) -> Result<Self, String> {
        // We never write a group separator, so a comma can only be the decimal one.
        let plain = text.replace(',', ".");
        match plain.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(format!("expected a number, found '{text}'")),
        }
    }
}

impl Field for Date {
    const REQUIRED: bool = true;

    fn cell(&self) -> Cell<'_> {
        Cell::Date(*self)
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("expected a date like 2024-02-12, found '{text}'"))
    }
}

impl<F: Field> Field for Option<F> {
    const REQUIRED: bool = false;
    const VALUES: &'static [&'static str] = F::VALUES;

    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Empty, Field::cell)
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { F::parse(text).map(Some) }
    }
}

/// Columns that are not listed with a row type, but known to another part of the program.
pub(crate) trait FieldGroup: Sized {
    /// All columns of the table: those `named` in the row type, then those of the group.
    fn columns(named: &[Column]) -> Vec<Column>;

    /// The values on their way out, one for each column of the group.
    fn cells(&self) -> impl Iterator<Item = Cell<'_>>;

    /// The values on their way in; the error names the column.
    fn parse<'c>(cells: impl Iterator<Item = &'c str>) -> Result<Self, (&'static str, String)>;
}

/// A closed list of values, written by their names. Like other texts, the column does not promise a value.
impl<N: Named> Field for N {
    const REQUIRED: bool = false;
    const VALUES: &'static [&'static str] = N::NAMES;

    fn cell(&self) -> Cell<'_> {
        let at = N::ALL.iter().position(|value| value == self);
        at.map_or(Cell::Empty, |at| Cell::Text(Cow::Borrowed(N::NAMES[at])))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let at = N::NAMES.iter().position(|name| *name == text);
        at.map(|at| N::ALL[at]).ok_or_else(|| format!("expected one of {}, found '{text}'", N::NAMES.join(", ")))
    }
}

impl Named for Voice {
    const ALL: &'static [Self] = &[Voice::Own, Voice::Quoted, Voice::Reported];
    const NAMES: &'static [&'static str] = &["own", "quoted", "reported"];
}

impl Named for SpeakerKind {
    const ALL: &'static [Self] =
        &[SpeakerKind::Named, SpeakerKind::Anonymous, SpeakerKind::Institution, SpeakerKind::Document];
    const NAMES: &'static [&'static str] = &["named", "anonymous", "institution", "document"];
}

/// Makes a row type of a list of columns. The comment above a field is both its documentation in the library and
/// the column's description in the reports' documentation.
///
/// A field that begins with `..` comes last and is a [`FieldGroup`]: several columns, which its type knows.
macro_rules! row {
    (@columns $named:ident) => { $named };
    (@columns $named:ident $group:ty) => {{
        static COLUMNS: std::sync::LazyLock<Vec<$crate::report::Column>> =
            std::sync::LazyLock::new(|| <$group as $crate::report::FieldGroup>::columns($named));
        &COLUMNS
    }};
    (
        $(#[doc = $about:literal])+
        $name:ident in $file:literal by [$($key:ident),*] {
            $(
                $(#[doc = $description:literal])+
                $field:ident: $type:ty as $kind:ident $(($unit:literal))?;
            )+
            $(..$group:ident: $group_type:ty;)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $(
                $(#[doc = $description])+
                pub $field: $type,
            )+
            $(
                /// Values of the columns behind these.
                pub $group: $group_type,
            )?
        }

        impl $crate::report::Row for $name {
            const FILE: &'static str = $file;
            const ABOUT: &'static str = concat!($($about),+).trim_ascii();
            const KEY: &'static [&'static str] = &[$(stringify!($key)),*];

            fn columns() -> &'static [$crate::report::Column] {
                const NAMED: &[$crate::report::Column] = &[$(
                    $crate::report::Column {
                        name: stringify!($field),
                        kind: $crate::report::Kind::$kind,
                        unit: concat!($($unit)?),
                        description: concat!($($description),+).trim_ascii(),
                        values: <$type as $crate::report::Field>::VALUES,
                        required: <$type as $crate::report::Field>::REQUIRED,
                    },
                )+];
                $crate::report::row!(@columns NAMED $($group_type)?)
            }

            fn cells(&self) -> Vec<$crate::report::Cell<'_>> {
                let named = [$($crate::report::Field::cell(&self.$field)),+].into_iter();
                named$(.chain($crate::report::FieldGroup::cells(&self.$group)))?.collect()
            }
        }

        impl $crate::report::ReadRow for $name {
            fn from_cells<S: AsRef<str>>(cells: &[S]) -> Result<Self, (&'static str, String)> {
                let mut cells = cells.iter().map(AsRef::as_ref);
                $(
                    let cell = cells.next().unwrap_or_default();
                    let $field = <$type as $crate::report::Field>::parse(cell)
                        .map_err(|why| (stringify!($field), why))?;
                )+
                $(let $group = <$group_type as $crate::report::FieldGroup>::parse(cells)?;)?
                Ok($name { $($field,)+ $($group)? })
            }
        }
    };
}
pub(crate) use row;
