//! Statistics that know nothing of news: permutation tests, bootstrap intervals, multiple testing, power, agreement,
//! separation of classes, repeated measurements.
//!
//! Everything is a pure function of its arguments. Where randomness is needed it comes from ChaCha8 (stable across
//! platforms and versions of the generator crate) seeded by an explicit `u64`; sums run in a fixed order, so that the
//! same call gives the same bits.

pub mod auc;
pub mod bootstrap;
pub mod linkage;
pub mod multiple;
pub mod permutation;
pub mod power;
pub mod spread;
