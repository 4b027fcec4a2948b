//! The columns of measures in claims.csv and articles.csv, as the registry of measures declares them.

use std::marker::PhantomData;

use super::schema::{Cell, Column, Field, FieldGroup, Kind};
use crate::framing::{Declaration, MEASURES};

/// So many measures, the first of the registry, have fields in the row types: their places in the tables are promised.
/// Those registered later follow at the end of the tables.
const WITH_FIELDS: usize = 6;

/// What a table tells of a measure.
pub trait OfMeasures {
    /// The meaning of a value in this table.
    fn meaning(measure: &Declaration) -> &'static str;

    /// Whether the table has a column of the measure.
    fn has(measure: &Declaration) -> bool;
}

/// The table of claims: a value is the score of one claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OfClaim;

impl OfMeasures for OfClaim {
    fn meaning(measure: &Declaration) -> &'static str {
        measure.meaning
    }

    fn has(measure: &Declaration) -> bool {
        measure.in_claims
    }
}

/// The table of articles: a value is the mean over the claims of an article.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OfArticle;

impl OfMeasures for OfArticle {
    fn meaning(measure: &Declaration) -> &'static str {
        measure.mean
    }

    fn has(_: &Declaration) -> bool {
        true
    }
}

/// The values of the measures that have no field in the row type, by measure; a missing one is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureValues<T> {
    values: Vec<Option<f64>>,
    table: PhantomData<T>,
}

impl<T> Default for MeasureValues<T> {
    fn default() -> Self {
        MeasureValues { values: Vec::new(), table: PhantomData }
    }
}

/// The measures without a field that the table has a column of.
fn further<T: OfMeasures>() -> impl Iterator<Item = &'static Declaration> {
    MEASURES[WITH_FIELDS..].iter().filter(|measure| T::has(measure))
}

impl<T: OfMeasures> MeasureValues<T> {
    /// The values, given by measure.
    pub(super) fn new(value: impl Fn(&str) -> Option<f64>) -> Self {
        MeasureValues { values: further::<T>().map(|measure| value(measure.name)).collect(), table: PhantomData }
    }
}

impl<T: OfMeasures> FieldGroup for MeasureValues<T> {
    fn columns(named: &[Column]) -> Vec<Column> {
        let described = named.iter().map(|column| {
            let measure = MEASURES.iter().find(|measure| measure.name == column.name);
            Column { description: measure.map_or(column.description, T::meaning), ..*column }
        });
        let further = further::<T>().map(|measure| Column {
            name: measure.name,
            kind: Kind::Number,
            unit: measure.unit,
            description: T::meaning(measure),
            values: &[],
            required: false,
        });
        described.chain(further).collect()
    }

    fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        let values = self.values.iter().map(Field::cell).chain(std::iter::repeat(Cell::Empty));
        further::<T>().zip(values).map(|(_, cell)| cell)
    }

    fn parse<'c>(cells: impl Iterator<Item = &'c str>) -> Result<Self, (&'static str, String)> {
        let values =
            further::<T>().zip(cells).map(|(measure, cell)| Field::parse(cell).map_err(|why| (measure.name, why)));
        Ok(MeasureValues { values: values.collect::<Result<_, _>>()?, table: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::Row;
    use super::super::{ArticleRow, ClaimRow};
    use super::*;

    #[test]
    fn every_measure_has_its_columns_and_they_say_what_it_says() {
        let described = |columns: &[Column], name: &str| columns.iter().find(|c| c.name == name).map(|c| c.description);
        for measure in MEASURES {
            let of_claim = measure.in_claims.then_some(measure.meaning);
            assert_eq!(described(ClaimRow::columns(), measure.name), of_claim, "{}", measure.name);
            assert_eq!(described(ArticleRow::columns(), measure.name), Some(measure.mean), "{}", measure.name);
        }
        assert_eq!(ClaimRow::default().cells().len(), ClaimRow::columns().len());
    }
}
