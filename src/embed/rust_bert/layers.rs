//! BERT (Devlin et al. 2019) as rust-bert names and shapes it, its layers on libtorch's fused kernels.
//!
//! rust-bert writes GELU as five operations and attention as six, and each is a pass over memory: in bf16, with a matrix
//! unit in the CPU, these took longer than the products (half of the time). Its [`BertConfig`] and [`BertEmbeddings`] are
//! used as they are; its layer has no seam for another activation, so it is written anew, with the same names of weights.
//! The test holds it to rust-bert's own `BertForSentenceEmbeddings`.

use rust_bert::bert::{BertConfig, BertEmbedding, BertEmbeddings};
use rust_bert::{Activation, RustBertError};
use tch::Tensor;
use tch::nn::{LayerNorm, LayerNormConfig, Linear, Module, Path, layer_norm, linear};

/// What rust-bert adds to variances, whatever `config.json` says.
pub(super) const EPSILON: f64 = 1e-12;
/// What rust-bert adds to the attention scores of padding.
const MASKED: f64 = -1e4;

/// Token ids to hidden states.
#[derive(Debug)]
pub(super) struct Bert {
    embeddings: BertEmbeddings,
    layers: Vec<Layer>,
}

impl Bert {
    pub(crate) fn new(root: &Path<'_>, config: &BertConfig) -> Self {
        let layers = root / "encoder" / "layer";
        Bert {
            embeddings: BertEmbeddings::new(root / "embeddings", config),
            layers: (0..config.num_hidden_layers).map(|number| Layer::new(&(&layers / number), config)).collect(),
        }
    }

    /// `ids` and `mask` (1 for tokens, 0 for padding) are (rows, length) of `Int64`, the result (rows, length, hidden) in
    /// the weights' number format.
    pub(crate) fn forward(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor, RustBertError> {
        let mut hidden = self.embeddings.forward_t(Some(ids), None, None, None, false)?;
        let padding: Tensor = mask.eq(0).to_kind(hidden.kind()) * MASKED;
        let mask = padding.unsqueeze(1).unsqueeze(1);
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &mask)?;
        }
        Ok(hidden)
    }
}

#[derive(Debug)]
struct Layer {
    heads: i64,
    query: Linear,
    key: Linear,
    value: Linear,
    attended: Linear,
    attended_norm: LayerNorm,
    wide: Linear,
    activation: Activation,
    narrow: Linear,
    narrow_norm: LayerNorm,
}

impl Layer {
    fn new(path: &Path<'_>, config: &BertConfig) -> Self {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let square = |path: Path<'_>| linear(path, hidden, hidden, Default::default());
        let norm =
            |path: Path<'_>| layer_norm(path, vec![hidden], LayerNormConfig { eps: EPSILON, ..Default::default() });
        let attention = path / "attention";
        let (own, output) = (&attention / "self", &attention / "output");
        Layer {
            heads: config.num_attention_heads,
            query: square(&own / "query"),
            key: square(&own / "key"),
            value: square(&own / "value"),
            attended: square(&output / "dense"),
            attended_norm: norm(&output / "LayerNorm"),
            wide: linear(path / "intermediate" / "dense", hidden, wide, Default::default()),
            activation: config.hidden_act,
            narrow: linear(path / "output" / "dense", wide, hidden, Default::default()),
            narrow_norm: norm(path / "output" / "LayerNorm"),
        }
    }

    fn forward(&self, hidden: &Tensor, mask: &Tensor) -> Result<Tensor, tch::TchError> {
        let (rows, length, width) = hidden.size3()?;
        let heads = |linear: &Linear| {
            linear.forward(hidden).f_view([rows, length, self.heads, width / self.heads])?.f_transpose(1, 2)
        };
        let (query, key, value) = (heads(&self.query)?, heads(&self.key)?, heads(&self.value)?);
        let mask = mask.f_expand([rows, self.heads, length, length], false)?;
        let attended = Tensor::f_scaled_dot_product_attention(&query, &key, &value, Some(&mask), 0.0, false, None)?;
        let attended = attended.f_transpose(1, 2)?.f_reshape([rows, length, width])?;
        let attended = self.attended_norm.forward(&(self.attended.forward(&attended).f_add_(hidden)?));
        let wide = self.activate(self.wide.forward(&attended))?;
        Ok(self.narrow_norm.forward(&self.narrow.forward(&wide).f_add_(&attended)?))
    }

    fn activate(&self, x: Tensor) -> Result<Tensor, tch::TchError> {
        match self.activation {
            Activation::gelu => x.f_gelu("none"),
            other => Ok(other.get_function().get_fn()(&x)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rust_bert::bert::BertForSentenceEmbeddings;
    use tch::nn::VarStore;
    use tch::{Device, Kind};

    use super::*;

    fn config(activation: Activation) -> BertConfig {
        BertConfig {
            hidden_act: activation,
            attention_probs_dropout_prob: 0.1,
            hidden_dropout_prob: 0.1,
            hidden_size: 32,
            initializer_range: 0.02,
            intermediate_size: 80,
            max_position_embeddings: 24,
            num_attention_heads: 4,
            num_hidden_layers: 3,
            type_vocab_size: 2,
            vocab_size: 50,
            output_attentions: None,
            output_hidden_states: None,
            is_decoder: None,
            id2label: None,
            label2id: None,
        }
    }

    #[test]
    fn hidden_states_are_those_of_rust_bert() {
        tch::manual_seed(1);
        let activations =
            [Activation::gelu, Activation::gelu_new, Activation::relu, Activation::swish, Activation::tanh];
        for activation in activations {
            let config = config(activation);
            let mut theirs = VarStore::new(Device::Cpu);
            let reference = BertForSentenceEmbeddings::new(theirs.root(), &config);
            let mut ours = VarStore::new(Device::Cpu);
            let bert = Bert::new(&ours.root(), &config);
            ours.copy(&theirs).unwrap();
            let names = |vars: &VarStore| {
                let names = vars.variables().into_keys().filter(|name| !name.starts_with("pooler."));
                let mut names: Vec<String> = names.collect();
                names.sort_unstable();
                names
            };
            assert_eq!(names(&ours), names(&theirs));

            let ids = Tensor::randint(50, [5, 17], (Kind::Int64, Device::Cpu));
            let mask = Tensor::ones([5, 17], (Kind::Int64, Device::Cpu));
            let _ = mask.narrow(0, 1, 2).narrow(1, 9, 8).fill_(0);
            // Of bf16, four units in the last place of the largest values (2 to 4); how it rounds depends on the processor.
            for (kind, most) in [(Kind::Float, 1e-5), (Kind::BFloat16, 0.0626)] {
                if kind == Kind::BFloat16 {
                    theirs.bfloat16();
                    ours.bfloat16();
                }
                let _no_grad = tch::no_grad_guard();
                let theirs = reference.forward_t(Some(&ids), Some(&mask), None, None, None, None, None, false);
                let difference = bert.forward(&ids, &mask).unwrap() - theirs.unwrap().hidden_state;
                // Hidden states come out of a layer norm: of size 1.
                let difference = difference.abs().max().double_value(&[]);
                assert!(difference < most, "{activation:?} {kind:?}: {difference}");
            }
        }
    }
}
