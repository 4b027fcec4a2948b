//! Folders of broken models, and of models that an engine cannot run: each is named with file, reason and remedy.

use std::path::Path;

use parallax::embed::{EngineKind, Precision};
use parallax::{Error, Result, pipeline};
use serde_json::{Value, json};

use super::{Way, embed};
use crate::tiny::Tiny;

/// Opens a tiny model, in a folder of that name, after `change`.
fn tiny(way: Way, model: &Tiny, change: &dyn Fn(&Path)) -> Result<()> {
    let dir = tempfile::tempdir().unwrap();
    model.write(dir.path());
    change(dir.path());
    let embedder = way.open_in(dir.path())?;
    embed(&embedder, &["the council voted", "storm"]);
    Ok(())
}

/// What every engine says of the model.
fn all(change: impl Fn(&Path)) -> Vec<Error> {
    Way::all().into_iter().map(|way| tiny(way, &Tiny::default(), &change).unwrap_err()).collect()
}

fn replace(dir: &Path, file: &str, content: impl AsRef<[u8]>) {
    std::fs::write(dir.join(file), content).unwrap();
}

fn config(dir: &Path, key: &str, value: &Value) {
    let mut config: Value = serde_json::from_slice(&std::fs::read(dir.join("config.json")).unwrap()).unwrap();
    config[key] = value.clone();
    replace(dir, "config.json", config.to_string());
}

/// The errors name the file, say what is wrong and what to do.
#[track_caller]
fn say(errors: impl IntoIterator<Item = Error>, file: &str, words: &[&str], remedy: &str) {
    for error in errors {
        let Error::Model { path, reason, hint, .. } = error else { panic!("{error:?}") };
        assert!(path.ends_with(file), "{}: {reason}", path.display());
        for word in words {
            assert!(reason.contains(word), "{word:?} in {reason:?}");
        }
        assert!(hint.contains(remedy), "{hint:?}");
    }
}

const SETUP: &str = "make setup";

#[test]
fn a_tiny_model_is_as_good_as_a_big_one() {
    for way in Way::all() {
        tiny(way, &Tiny::default(), &|_| ()).unwrap();
    }
}

#[test]
fn missing_folder() {
    for way in Way::all() {
        say([way.open_in(Path::new("/nowhere/model")).unwrap_err()], "model", &["no such folder"], SETUP);
    }
}

#[test]
fn missing_files() {
    for file in ["model.safetensors", "config.json", "tokenizer.json"] {
        say(all(|dir| std::fs::remove_file(dir.join(file)).unwrap()), file, &["cannot be read"], SETUP);
    }
}

#[test]
fn weights_cut_off() {
    let cut = |keep: fn(usize) -> usize| {
        all(move |dir| {
            let weights = std::fs::read(dir.join("model.safetensors")).unwrap();
            replace(dir, "model.safetensors", &weights[..keep(weights.len())]);
        })
    };
    let keeps: [fn(usize) -> usize; 3] = [|_| 0, |_| 5, |_| 1000];
    for keep in keeps {
        say(cut(keep), "model.safetensors", &["no safetensors file"], SETUP);
    }
    let keeps: [fn(usize) -> usize; 2] = [|all| all / 2, |all| all - 1];
    for keep in keeps {
        say(cut(keep), "model.safetensors", &["cut off"], SETUP);
    }
}

#[test]
fn weights_that_are_none() {
    for bytes in [&b"version https://git-lfs.github.com/spec/v1\noid sha256:53aa51172d142c89\n"[..], &[255; 100]] {
        say(all(|dir| replace(dir, "model.safetensors", bytes)), "model.safetensors", &["safetensors"], SETUP);
    }
}

#[test]
fn weights_of_other_dimensions() {
    for (key, value) in [
        ("hidden_size", json!(128)),
        ("vocab_size", json!(99_999_999_999_999u64)),
        ("max_position_embeddings", json!(1024)),
        ("intermediate_size", json!(1)),
        ("num_hidden_layers", json!(12)),
    ] {
        say(all(|dir| config(dir, key, &value)), "model.safetensors", &["where config.json says"], SETUP);
    }
    for heads in [0, 7] {
        say(all(|dir| config(dir, "num_attention_heads", &json!(heads))), "config.json", &["attention heads"], SETUP);
    }
}

#[test]
fn a_tensor_missing_or_of_another_shape() {
    for name in [
        "embeddings.LayerNorm.bias",
        "encoder.layer.1.attention.self.key.weight",
        "encoder.layer.0.output.dense.bias",
        "encoder.layer.1.output.LayerNorm.weight",
    ] {
        for way in Way::all() {
            let without = Tiny { without: name, ..Tiny::default() };
            say([tiny(way, &without, &|_| ()).unwrap_err()], "model.safetensors", &["has no tensor", name], SETUP);
            // Of length 1 too, which libtorch would spread over any shape.
            for shape in [&[3][..], &[1]] {
                let other = Tiny { other: (name, shape), ..Tiny::default() };
                let words = [name, "where config.json says"];
                say([tiny(way, &other, &|_| ()).unwrap_err()], "model.safetensors", &words, SETUP);
            }
        }
    }
}

#[test]
fn configuration_of_another_kind() {
    let errors = all(|dir| config(dir, "model_type", &json!("roberta")));
    say(errors, "config.json", &["`roberta`", "only `bert`"], SETUP);
    for content in ["{}", "no JSON"] {
        say(all(|dir| replace(dir, "config.json", content)), "config.json", &["not a BERT configuration"], SETUP);
    }
    let errors = all(|dir| {
        std::fs::create_dir(dir.join("1_Pooling")).unwrap();
        replace(dir, "1_Pooling/config.json", "{\"pooling_mode_mean_tokens\": false}");
    });
    say(errors, "1_Pooling/config.json", &["pooling"], SETUP);
}

#[test]
fn broken_tokenizer() {
    for content in ["", "{}", "{\"version\": \"1.0\", \"model\": {\"type\": \"WordPiece\"}}"] {
        say(all(|dir| replace(dir, "tokenizer.json", content)), "tokenizer.json", &["not a tokenizer"], SETUP);
    }
    // A flipped bit in a name of the template: the library takes it, and panics on every text.
    let change = |dir: &Path| {
        let json = std::fs::read_to_string(dir.join("tokenizer.json")).unwrap();
        replace(
            dir,
            "tokenizer.json",
            json.replace("\"SpecialToken\":{\"id\":\"[SEP]\"", "\"SpecialToken\":{\"id\":\"[SER]\""),
        );
    };
    say(all(change), "tokenizer.json", &["the tokenizer failed"], SETUP);
}

#[test]
fn an_activation_that_nobody_knows() {
    let model = Tiny { activation: "gelu_of_the_future", ..Tiny::default() };
    for way in Way::all() {
        let words: &[&str] = match way.engine {
            EngineKind::RustBert => &["not a BERT configuration"],
            EngineKind::Portable => &["activation `gelu_of_the_future`"],
        };
        say([tiny(way, &model, &|_| ()).unwrap_err()], "config.json", words, "model");
    }
}

#[test]
fn what_the_portable_engine_cannot_run_is_left_to_rust_bert() {
    let config = "config.json";
    for (model, file, words) in [
        (Tiny { heads: 4, ..Tiny::default() }, config, "heads of 16"),
        (Tiny { hidden: 96, heads: 2, ..Tiny::default() }, config, "heads of 48"),
        (Tiny { intermediate: 80, ..Tiny::default() }, config, "feed-forward layer of 80"),
        (Tiny { activation: "relu", ..Tiny::default() }, config, "activation `relu`"),
        (Tiny { half: true, ..Tiny::default() }, "model.safetensors", "F16"),
    ] {
        for way in Way::all() {
            let result = tiny(way, &model, &|_| ());
            match way.engine {
                EngineKind::RustBert => result.unwrap(),
                EngineKind::Portable => say([result.unwrap_err()], file, &[words], "rust-bert"),
            }
        }
    }
}

#[test]
fn a_text_is_cut_to_the_positions_of_the_model() {
    let dir = tempfile::tempdir().unwrap();
    Tiny::default().write(dir.path());
    for way in Way::all() {
        let embedder = way.open_in(dir.path()).unwrap();
        assert_eq!(embedder.max_tokens(), crate::tiny::POSITIONS);
        let (_, stats) = embed(&embedder, &["storm ".repeat(318), "storm ".repeat(319)]);
        assert_eq!((stats.tokens, stats.truncated), (640, 1), "{way}");
    }
}

/// A copy of the real model as links, under its own name, except what `change` does to it.
fn known(change: impl FnOnce(&Path)) -> Error {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("all-MiniLM-L6-v2");
    std::fs::create_dir(&dir).unwrap();
    let real = pipeline::default_model().canonicalize().unwrap();
    for file in ["model.safetensors", "config.json", "tokenizer.json"] {
        std::os::unix::fs::symlink(real.join(file), dir.join(file)).unwrap();
    }
    change(&dir);
    parallax::embed::Model::open(&dir).unwrap_err()
}

#[test]
fn a_known_model_with_other_bytes() {
    let change = |file: &'static str, content: &'static str| {
        known(|dir| {
            std::fs::remove_file(dir.join(file)).unwrap();
            replace(dir, file, content);
        })
    };
    let words = &["is damaged: sha256", "expected 953f9c0d"];
    say([change("config.json", "{\"hidden_act\": \"relu\"}")], "config.json", words, SETUP);
    let words = &["is damaged: sha256", "expected 53aa5117"];
    say([change("model.safetensors", "short")], "model.safetensors", words, SETUP);
}

#[test]
fn weights_that_give_no_number_are_found_when_they_are_used() {
    for way in Way::exact() {
        let dir = tempfile::tempdir().unwrap();
        Tiny::default().write(dir.path());
        let mut weights = std::fs::read(dir.path().join("model.safetensors")).unwrap();
        let end = weights.len();
        weights[end - 100_000..].chunks_exact_mut(4).for_each(|x| x.copy_from_slice(&f32::NAN.to_le_bytes()));
        replace(dir.path(), "model.safetensors", weights);
        let error = way.open_in(dir.path()).unwrap().embed(&["storm"], &|_, _| true).unwrap_err().to_string();
        assert!(error.contains("not (1, 64) finite ones"), "{way}: {error}");
        assert_eq!(way.precision, Precision::F32);
    }
}
