//! Statistics that know nothing of news: permutation tests, bootstrap intervals, multiple testing, power, agreement,
//! separation of classes, repeated measurements.
//!
//! Everything is a pure function of its arguments. Where randomness is needed it comes from ChaCha8 (stable across
//! platforms and versions of the generator crate) seeded by an explicit `u64`; sums run in a fixed order, so that the
//! same call gives the same bits.

pub(crate) mod auc;
pub(crate) mod bootstrap;
pub mod linkage;
pub(crate) mod multiple;
pub(crate) mod permutation;
pub(crate) mod power;
pub(crate) mod spread;
