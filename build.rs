//! Lets our binaries, tests and benches find libtorch at run time without environment variables. Doctests are
//! linked by rustdoc, which ignores this file: `tools/setup.sh` sets `rustdocflags` for them.

use std::{env, path::Path, process};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    println!("cargo::rerun-if-env-changed=DOCS_RS");
    let feature = env::var_os("CARGO_FEATURE_RUST_BERT").is_some();
    if !feature || env::var_os("DOCS_RS").is_some() {
        needs("");
        return;
    }
    match env::var("LIBTORCH") {
        Ok(dir) => {
            let lib = Path::new(&dir).join("lib");
            let found = ["libtorch_cpu.so", "libtorch_cpu.dylib"].map(|name| lib.join(name));
            let Some(found) = found.iter().find(|path| path.exists()) else {
                fail(&format!("LIBTORCH is {dir}, but {} has no libtorch_cpu library", lib.display()));
            };
            println!("cargo::rerun-if-changed={}", found.display());
            println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
            needs(&lib.display().to_string());
        }
        // torch-sys falls back to a system-wide libtorch, which the loader finds by itself.
        Err(_) if Path::new("/usr/lib/libtorch.so").exists() => needs("/usr/lib"),
        Err(_) => fail("libtorch is not set up (LIBTORCH is unset)"),
    }
}

/// Tells `src/launcher.rs` where libtorch is.
fn needs(lib: &str) {
    println!("cargo::rustc-env=PARALLAX_LIBTORCH={lib}");
}

fn fail(reason: &str) -> ! {
    println!("cargo::error={reason}: run `make setup`, then build again");
    println!("cargo::error=or build without libtorch: cargo build --release --no-default-features --features portable");
    process::exit(1)
}
