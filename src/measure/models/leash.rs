//! What a child lives by: its stdin. Whoever measures writes orders to it; whoever ends the run cuts it, from any thread.

use std::io::{self, BufWriter};
use std::process::ChildStdin;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The stdin of one child after another, until it is cut.
#[derive(Debug, Default)]
pub struct Leash(Mutex<Held>);

#[derive(Debug, Default)]
enum Held {
    Child(ChildStdin),
    #[default]
    Nobody,
    /// No child is to live any more.
    Cut,
}

impl Leash {
    /// Holds a child; one that comes after the cut ends at once.
    pub fn hold(&self, stdin: ChildStdin) {
        let mut held = self.held();
        if !matches!(*held, Held::Cut) {
            *held = Held::Child(stdin);
        }
    }

    /// Ends the child, if there is one; another may follow.
    pub fn let_go(&self) {
        let mut held = self.held();
        if !matches!(*held, Held::Cut) {
            *held = Held::Nobody;
        }
    }

    /// Ends the child, if there is one, and every child that follows.
    pub fn cut(&self) {
        *self.held() = Held::Cut;
    }

    /// Whether it was cut.
    pub fn is_cut(&self) -> bool {
        matches!(*self.held(), Held::Cut)
    }

    /// Writes to the child. That a child is gone is no error: its end says why.
    pub fn write(&self, write: impl FnOnce(BufWriter<&mut ChildStdin>) -> io::Result<()>) -> io::Result<()> {
        match &mut *self.held() {
            Held::Child(stdin) => match write(BufWriter::new(stdin)) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                result => result,
            },
            Held::Nobody | Held::Cut => Ok(()),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
