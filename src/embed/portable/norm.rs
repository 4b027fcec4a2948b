//! Layer normalisation (Ba, Kiros & Hinton 2016).

use rten_simd::{Isa, SimdOp};

/// Sums are kept in so many lanes, whatever the width of the CPU's vectors: the same order of additions everywhere.
const LANES: usize = 32;

/// What normalised values are multiplied by, and what is added then.
pub(crate) struct Scale {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Normalises each row of `x` in place. The row's length is a multiple of [`LANES`] (checked when weights are loaded).
pub(crate) struct LayerNorm<'a> {
    pub x: &'a mut [f32],
    pub scale: &'a Scale,
    pub epsilon: f32,
}

impl SimdOp for LayerNorm<'_> {
    type Output = ();

    // A plain loop: inside `dispatch` it is compiled for each instruction set.
    #[inline(always)]
    fn eval<I: Isa>(self, _: I) {
        let width = self.scale.weight.len();
        let (weight, bias) = (&self.scale.weight[..width], &self.scale.bias[..width]);
        for x in self.x.chunks_exact_mut(width) {
            let mut sums = [0f32; LANES];
            for lanes in x.chunks_exact(LANES) {
                for i in 0..LANES {
                    sums[i] += lanes[i];
                }
            }
            let mean = sums.iter().sum::<f32>() / width as f32;
            let mut squares = [0f32; LANES];
            for lanes in x.chunks_exact(LANES) {
                for i in 0..LANES {
                    squares[i] += (lanes[i] - mean) * (lanes[i] - mean);
                }
            }
            let variance = squares.iter().sum::<f32>() / width as f32;
            let inverse = 1.0 / (variance + self.epsilon).sqrt();
            for i in 0..width {
                x[i] = (x[i] - mean) * inverse * weight[i] + bias[i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_the_mean_and_deviation_of_the_scale() {
        let width = 64;
        let scale = Scale { weight: vec![2.0; width], bias: vec![0.5; width] };
        let mut x: Vec<f32> = (0..3 * width).map(|i| (i as f32 * 0.7).sin() * (1 + i / width) as f32 + 3.0).collect();
        LayerNorm { x: &mut x, scale: &scale, epsilon: 1e-12 }.dispatch();
        for row in x.chunks_exact(width) {
            let mean = row.iter().sum::<f32>() / width as f32;
            let deviation = (row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / width as f32).sqrt();
            assert!((mean - 0.5).abs() < 1e-5 && (deviation - 2.0).abs() < 1e-5, "{mean} {deviation}");
        }
    }
}
