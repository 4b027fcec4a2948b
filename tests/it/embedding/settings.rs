//! What engines, precisions and devices may be asked for.

use std::path::Path;

use parallax::embed::{Device, Embedder, EngineKind, Precision, Settings};
use parallax::{Error, pipeline};

use super::embed;

const ENGINES: [EngineKind; 2] = [EngineKind::RustBert, EngineKind::Portable];
const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::Int8];

/// Reason and hint of the usage error.
#[track_caller]
fn refusal(dir: &Path, settings: Settings) -> (String, String) {
    match Embedder::open(dir, settings) {
        Err(Error::Usage { reason, hint }) => (reason, hint),
        other => panic!("{settings:?}: {other:?}"),
    }
}

#[test]
fn a_precision_that_an_engine_lacks_is_refused_before_the_model_is_looked_for() {
    for engine in ENGINES {
        for precision in PRECISIONS {
            if !engine.precisions().contains(&precision) {
                let settings = Settings { engine, precision: Some(precision), ..Settings::default() };
                let (reason, hint) = refusal(Path::new("/nowhere"), settings);
                let expected = format!("the engine {} does not compute in {}", engine.name(), precision.name());
                assert_eq!(reason, expected);
                assert!(engine.precisions().iter().all(|p| hint.contains(p.name())), "{hint}");
            }
        }
    }
    let lacking = ENGINES.map(|engine| PRECISIONS.into_iter().find(|p| !engine.precisions().contains(p)));
    assert_eq!(lacking, [Some(Precision::Int8), Some(Precision::Bf16)]);
}

#[test]
fn an_engine_that_is_not_built_is_named_with_the_way_to_build_it() {
    for engine in ENGINES.into_iter().filter(|engine| !EngineKind::BUILT.contains(engine)) {
        let (reason, hint) = refusal(Path::new("/nowhere"), Settings { engine, ..Settings::default() });
        assert_eq!(reason, format!("this build has no engine {}", engine.name()));
        assert!(hint.contains(&format!("--features {}", engine.name())), "{hint}");
    }
}

#[test]
fn a_device_that_is_not_there_is_refused() {
    let device = Device::Cuda(99);
    for &engine in EngineKind::BUILT {
        let settings = Settings { engine, device, ..Settings::default() };
        let (reason, hint) = refusal(&pipeline::default_model(), settings);
        assert!(reason.contains("cuda:99"), "{reason}");
        assert!(hint.contains("--device cpu"), "{hint}");
    }
}

#[test]
fn without_a_wish_it_is_the_precision_of_auto_and_all_cores() {
    for &engine in EngineKind::BUILT {
        let settings = Settings { engine, precision: None, ..Settings::default() };
        let embedder = Embedder::open(&pipeline::default_model(), settings).unwrap();
        assert_eq!(embedder.fingerprint().precision, engine.auto());
        assert!(engine.precisions().contains(&engine.auto()));
        assert_eq!(embedder.threads(), std::thread::available_parallelism().unwrap().get());
        assert_eq!(embed(&embedder, &["storm"]).0.rows.dim(), (1, embedder.dimension()));
    }
}

#[test]
fn the_default_is_the_first_engine_in_f32() {
    let Settings { engine, precision, device, threads } = Settings::default();
    assert_eq!((precision, device, threads), (Some(Precision::F32), Device::Cpu, 0));
    assert!(EngineKind::BUILT.first().is_none_or(|&first| first == engine));
}

#[test]
fn devices_read_back_as_they_are_written() {
    for device in [Device::Cpu, Device::Cuda(0), Device::Cuda(7)] {
        assert_eq!(device.to_string().parse(), Ok(device));
    }
    assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
    for nonsense in ["", "CPU", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:99999999999999999999", "cpu:0", " cpu"] {
        let error = nonsense.parse::<Device>().unwrap_err();
        assert!(error.contains("cuda:0"), "{nonsense:?}: {error}");
    }
}
