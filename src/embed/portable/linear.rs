//! `x W + b` in f32 and in int8.
//!
//! int8: weights are symmetric with one scale per output (column), activations asymmetric with scale and zero point of
//! their own row, found when they come ("dynamic quantisation"; Jacob et al. 2018 for the arithmetic). A scale per row,
//! not per batch, is nearer to f32, and leaves a row independent of its neighbours.

use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::functional::simd_apply;
use rten_simd::{Isa, SimdOp, SimdUnaryOp};
use rten_tensor::{Matrix, NdTensorView};
use rten_vecmath::Gelu;

use crate::{Error, Result};

/// What is done with the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// They replace the output.
    Nothing,
    /// They are added to the output: a residual connection.
    Add,
    /// They replace the output after x Φ(x) (Hendrycks & Gimpel 2016).
    Gelu,
}

/// Weights in the layout of this CPU's kernel.
pub(crate) struct Linear {
    weights: Packed,
    bias: Vec<f32>,
    inputs: usize,
}

enum Packed {
    F32(PackedBMatrix<f32>),
    Int8 {
        weights: PackedBMatrix<i8>,
        /// One per output.
        scale: Vec<f32>,
        /// Sum of each output's weights, which takes the inputs' zero point out of the products.
        sums: Vec<i32>,
    },
}

/// The products of this CPU. They are bound to a thread, and cheap to make.
#[derive(Default)]
pub(crate) struct Kernels {
    f32: GemmExecutor<f32>,
    int8: GemmExecutor<u8, i8, i32>,
}

/// Matrices that live as long as the encoder.
#[derive(Default)]
pub(crate) struct Buffers {
    quantised: Vec<u8>,
    scale: Vec<f32>,
    zero: Vec<u8>,
    products: Vec<i32>,
}

impl Linear {
    /// `weights`: `outputs x inputs`, as PyTorch stores them.
    pub(crate) fn f32(weights: &[f32], bias: Vec<f32>) -> Self {
        let inputs = weights.len() / bias.len();
        let view: Matrix<'_, f32> = NdTensorView::from_data([bias.len(), inputs], weights);
        let packed = GemmExecutor::<f32>::new().prepack_b(view.transposed());
        Linear { weights: Packed::F32(packed), bias, inputs }
    }

    /// The same, quantised.
    pub(crate) fn int8(weights: &[f32], bias: Vec<f32>) -> Self {
        let inputs = weights.len() / bias.len();
        let kernel = GemmExecutor::<u8, i8, i32>::new();
        // Without VNNI, x86 adds pairs of products in 16 bits: with 7 bits of weight they cannot overflow.
        let largest = if kernel.may_saturate() { 63.0 } else { 127.0 };
        let mut quantised = Vec::with_capacity(weights.len());
        let (mut scale, mut sums) = (Vec::with_capacity(bias.len()), Vec::with_capacity(bias.len()));
        for row in weights.chunks_exact(inputs) {
            let step = (row.iter().fold(0f32, |max, w| max.max(w.abs())) / largest).max(f32::MIN_POSITIVE);
            let start = quantised.len();
            quantised.extend(row.iter().map(|w| (w / step).round() as i8));
            sums.push(quantised[start..].iter().map(|&w| i32::from(w)).sum());
            scale.push(step);
        }
        let view: Matrix<'_, i8> = NdTensorView::from_data([bias.len(), inputs], &quantised[..]);
        Linear { weights: Packed::Int8 { weights: kernel.prepack_b(view.transposed()), scale, sums }, bias, inputs }
    }

    /// `x`: `rows x inputs`; `out`: `rows x outputs`.
    pub(crate) fn apply(
        &self,
        x: &[f32],
        out: &mut [f32],
        after: After,
        kernels: &Kernels,
        buffers: &mut Buffers,
    ) -> Result<()> {
        let (rows, outputs) = (x.len() / self.inputs, self.bias.len());
        let failed = |e: rten_gemm::GemmError| Error::Data { name: "matrix product".into(), reason: e.to_string() };
        match &self.weights {
            Packed::F32(weights) => {
                let x: Matrix<'_, f32> = NdTensorView::from_data([rows, self.inputs], x);
                let options = GemmOptions {
                    beta: if after == After::Add { 1.0 } else { 0.0 },
                    bias: Some(BiasVector::Row(&self.bias)),
                    ..Default::default()
                };
                let weights = GemmInputB::Packed(weights);
                kernels.f32.gemm(out, GemmInputA::Unpacked(x), weights, options).map_err(failed)?;
                if after == After::Gelu {
                    GeluAll(out).dispatch();
                }
            }
            Packed::Int8 { weights, scale, sums } => {
                let Buffers { quantised, scale: row_scale, zero, products } = buffers;
                quantised.resize(x.len(), 0);
                row_scale.resize(rows, 0.0);
                zero.resize(rows, 0);
                products.resize(rows * outputs, 0);
                Quantise { x, inputs: self.inputs, out: quantised, scale: row_scale, zero }.dispatch();
                let quantised: Matrix<'_, u8> = NdTensorView::from_data([rows, self.inputs], &quantised[..]);
                // Not by the kernel's own zero points: with different ones in a tile (16 rows and more), rten-gemm
                // 0.27 gives wrong products on AVX-512.
                let (a, b) = (GemmInputA::Unpacked(quantised), GemmInputB::Packed(weights));
                kernels.int8.gemm(products, a, b, GemmOptions::default()).map_err(failed)?;
                let bias = &self.bias;
                Dequantise { products, out, row_scale, zero, scale, sums, bias, after }.dispatch();
            }
        }
        Ok(())
    }
}

struct GeluAll<'a>(&'a mut [f32]);

impl SimdOp for GeluAll<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        gelu(isa, self.0);
    }
}

#[inline(always)]
fn gelu<I: Isa>(isa: I, x: &mut [f32]) {
    simd_apply::<f32, _, _, 2>(
        isa.f32(),
        x,
        #[inline(always)]
        |x| Gelu {}.eval(isa, x),
    );
}

/// Rows are compared in so many lanes; a multiple of every instruction set's.
const LANES: usize = 32;

/// Each row to 0..=255 by a scale and a zero point of its own; 0.0 is exact. `inputs` is a multiple of [`LANES`].
struct Quantise<'a> {
    x: &'a [f32],
    inputs: usize,
    out: &'a mut [u8],
    scale: &'a mut [f32],
    zero: &'a mut [u8],
}

impl SimdOp for Quantise<'_> {
    type Output = ();

    // A plain loop: inside `dispatch` it is compiled for each instruction set.
    #[inline(always)]
    fn eval<I: Isa>(self, _: I) {
        let rows = self.x.chunks_exact(self.inputs).zip(self.out.chunks_exact_mut(self.inputs));
        for ((x, out), (scale, zero)) in rows.zip(self.scale.iter_mut().zip(self.zero)) {
            let (mut low, mut high) = ([0f32; LANES], [0f32; LANES]);
            for lanes in x.chunks_exact(LANES) {
                for i in 0..LANES {
                    low[i] = if lanes[i] < low[i] { lanes[i] } else { low[i] };
                    high[i] = if lanes[i] > high[i] { lanes[i] } else { high[i] };
                }
            }
            let low = low.iter().copied().fold(0.0, f32::min);
            let high = high.iter().copied().fold(0.0, f32::max);
            let step = ((high - low) / 255.0).max(f32::MIN_POSITIVE);
            let (inverse, origin) = (1.0 / step, (-low / step).round());
            for (out, x) in out.iter_mut().zip(x) {
                let value = (x * inverse + origin).clamp(0.0, 255.0);
                // Adding 2^23 leaves the rounded number in the low bits: a conversion that needs no check of its range.
                *out = (value + 8_388_608.0).to_bits() as u8;
            }
            (*scale, *zero) = (step, origin as u8);
        }
    }
}

/// `out = (products - zero sums) row_scale scale + bias`, and then `after`.
struct Dequantise<'a> {
    products: &'a [i32],
    out: &'a mut [f32],
    row_scale: &'a [f32],
    zero: &'a [u8],
    scale: &'a [f32],
    sums: &'a [i32],
    bias: &'a [f32],
    after: After,
}

impl SimdOp for Dequantise<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let n = self.bias.len();
        let (scale, sums, bias) = (&self.scale[..n], &self.sums[..n], &self.bias[..n]);
        let rows = self.products.chunks_exact(n).zip(self.out.chunks_exact_mut(n));
        for ((products, out), (&row_scale, &zero)) in rows.zip(self.row_scale.iter().zip(self.zero)) {
            let zero = i32::from(zero);
            // A macro, for closures are not always inlined, and then not compiled for the instruction set.
            macro_rules! value {
                ($i:expr) => {
                    (products[$i] - zero * sums[$i]) as f32 * (row_scale * scale[$i]) + bias[$i]
                };
            }
            if self.after == After::Add {
                for i in 0..n {
                    out[i] += value!(i);
                }
            } else {
                for i in 0..n {
                    out[i] = value!(i);
                }
            }
            if self.after == After::Gelu {
                gelu(isa, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, phase: f32) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * 0.61 + phase).sin() * (1.0 + (i % 7) as f32 * 0.2)).collect()
    }

    /// By definition, in f64.
    fn expected(x: &[f32], weights: &[f32], bias: &[f32], inputs: usize) -> Vec<f64> {
        let product = |row: &[f32], weights: &[f32], bias: f32| {
            row.iter().zip(weights).map(|(&x, &w)| f64::from(x) * f64::from(w)).sum::<f64>() + f64::from(bias)
        };
        x.chunks(inputs)
            .flat_map(|row| weights.chunks(inputs).zip(bias).map(move |(w, &b)| product(row, w, b)))
            .collect()
    }

    #[test]
    fn both_number_formats_multiply() {
        let (inputs, outputs) = (384, 96);
        let (weights, bias) = (numbers(inputs * outputs, 0.3), numbers(outputs, 0.1));
        // 16 rows and more take another path through the kernel than fewer.
        for rows in [1, 2, 15, 16, 17, 64, 67, 130] {
            let x = numbers(rows * inputs, rows as f32);
            let expected = expected(&x, &weights, &bias, inputs);
            // Sums of up to 480. In int8, factors are off by half a step of 1/58 at most, and a sum of 384 products by
            // 0.16 (standard deviation).
            for (linear, tolerance) in
                [(Linear::f32(&weights, bias.clone()), 2e-3), (Linear::int8(&weights, bias.clone()), 1.0)]
            {
                let mut out = vec![0.0; rows * outputs];
                linear.apply(&x, &mut out, After::Nothing, &Kernels::default(), &mut Buffers::default()).unwrap();
                for (got, expected) in out.iter().zip(&expected) {
                    assert!((f64::from(*got) - expected).abs() < tolerance, "{rows} rows: {got}, not {expected}");
                }
                let mut added = vec![1.0; rows * outputs];
                linear.apply(&x, &mut added, After::Add, &Kernels::default(), &mut Buffers::default()).unwrap();
                assert!(added.iter().zip(&out).all(|(a, o)| (a - o - 1.0).abs() < 2e-3));
            }
        }
    }

    /// Given zero points that differ between rows, rten-gemm 0.27 multiplies 16 rows and more wrongly on AVX-512.
    #[test]
    fn int8_products_are_exact_whatever_the_zero_points_of_the_rows() {
        let (inputs, outputs) = (64, 48);
        let weights = numbers(inputs * outputs, 0.3);
        let linear = Linear::int8(&weights, vec![0.0; outputs]);
        let largest = if GemmExecutor::<u8, i8, i32>::new().may_saturate() { 63.0 } else { 127.0 };
        for rows in [1, 2, 15, 16, 17, 32, 70] {
            // Rows of one sign and of both: zero points of 0, 255 and between.
            let shift = |i: usize| (i / inputs % 9) as f32 - 4.0;
            let x: Vec<f32> = numbers(rows * inputs, 0.9).iter().enumerate().map(|(i, x)| x + shift(i)).collect();
            let mut buffers = Buffers::default();
            let mut out = vec![0.0; rows * outputs];
            linear.apply(&x, &mut out, After::Nothing, &Kernels::default(), &mut buffers).unwrap();
            assert!(rows == 1 || buffers.zero.windows(2).all(|pair| pair[0] != pair[1] || pair[0] % 255 == 0));
            for (i, &got) in out.iter().enumerate() {
                let (row, column) = (i / outputs, i % outputs);
                let w = &weights[column * inputs..][..inputs];
                let step = w.iter().fold(0f32, |m, w| m.max(w.abs())) / largest;
                let q = &buffers.quantised[row * inputs..][..inputs];
                let zero = i32::from(buffers.zero[row]);
                let exact: i32 = q.iter().zip(w).map(|(&q, w)| (i32::from(q) - zero) * (w / step).round() as i32).sum();
                assert_eq!(got, exact as f32 * (buffers.scale[row] * step), "{rows} rows: row {row}, column {column}");
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_the_others() {
        let (inputs, outputs, rows) = (384, 128, 70);
        let weights = numbers(inputs * outputs, 0.2);
        let x = numbers(rows * inputs, 0.5);
        for linear in [Linear::f32(&weights, numbers(outputs, 0.0)), Linear::int8(&weights, numbers(outputs, 0.0))] {
            let mut together = vec![0.0; rows * outputs];
            linear.apply(&x, &mut together, After::Gelu, &Kernels::default(), &mut Buffers::default()).unwrap();
            for row in 0..rows {
                let mut alone = vec![0.0; outputs];
                let x = &x[row * inputs..][..inputs];
                linear.apply(x, &mut alone, After::Gelu, &Kernels::default(), &mut Buffers::default()).unwrap();
                assert_eq!(alone, together[row * outputs..][..outputs], "row {row}");
            }
        }
    }
}
