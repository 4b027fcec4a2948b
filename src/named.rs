//! Closed lists of values, each known by one word in tables, on the page and in messages.

/// A closed list of values with their words.
pub trait Named: Copy + PartialEq + 'static {
    /// All values.
    const ALL: &'static [Self];
    /// Their words, in the same order.
    const NAMES: &'static [&'static str];
}

/// Makes an enum of values and their words.
macro_rules! named {
    ($(#[$about:meta])* $vis:vis enum $name:ident { $($(#[$meta:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        $vis enum $name {
            $($(#[$meta])* $value,)+
        }

        impl $name {
            /// The word for it.
            $vis const fn name(self) -> &'static str {
                match self {
                    $($name::$value => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl $crate::named::Named for $name {
            const ALL: &'static [Self] = &[$($name::$value,)+];
            const NAMES: &'static [&'static str] = &[$($word,)+];
        }
    };
}
pub(crate) use named;
