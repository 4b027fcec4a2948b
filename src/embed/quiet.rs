//! Other people's code that panics on damaged files.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Such a panic becomes an error or a note: it need not be printed too.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Works; `None` after a panic, of which nothing is printed.
pub(in crate::embed) fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic)
            }
        }));
    });
    let before = QUIET.replace(true);
    let worked = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    worked.ok()
}
