//! Vectors of texts, and the function that makes them.

use ndarray::{Array2, ArrayView1};

use crate::Result;
use crate::embed::Vectors;
use crate::facts::ClaimTable;

/// Where the vector of a text is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// In the table: that of a claim.
    Claim(usize),
    /// In a row beside it.
    New(usize),
}

/// Vectors of texts, most of which are claims that have theirs: these are not copied.
#[derive(Debug)]
pub(crate) struct TextVectors<'v> {
    /// The table that [`Place::Claim`] means.
    pub claims: Option<&'v ClaimTable>,
    /// The rows that [`Place::New`] means.
    pub rows: Array2<f32>,
    /// For each text asked for.
    pub places: Vec<Place>,
}

impl TextVectors<'_> {
    /// Length of a vector.
    pub(super) fn dimension(&self) -> usize {
        self.claims.map_or(self.rows.ncols(), ClaimTable::dimension)
    }

    /// The vector of the `i`-th text that was asked for.
    pub(super) fn of(&self, i: usize) -> ArrayView1<'_, f32> {
        match (self.places[i], self.claims) {
            (Place::Claim(claim), Some(table)) => table.vector(claim),
            (Place::Claim(row) | Place::New(row), _) => self.rows.row(row),
        }
    }
}

impl From<Vectors> for TextVectors<'_> {
    fn from(vectors: Vectors) -> Self {
        let places = vectors.index.into_iter().map(Place::New).collect();
        TextVectors { claims: None, rows: vectors.rows, places }
    }
}

/// Embeds texts, for a stage of that name.
pub(crate) type Embed<'e, 'v> = dyn FnMut(&[&str], &'static str) -> Result<TextVectors<'v>> + 'e;
