//! Several calls at once. Those that are ready at the same moment come in written order, so that a
//! replay decides as the live run did. There are few of them: each wake polls all.

use std::{future::Future, pin::Pin, task::Poll};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Futures that run at once; dropping it drops those that are not done.
pub(super) struct Together<'a, T>(Vec<Option<Boxed<'a, T>>>);

impl<'a, T> Together<'a, T> {
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// One more, under the next number. `None` keeps the number free.
    pub fn push(&mut self, future: Option<impl Future<Output = T> + Send + 'a>) {
        self.0.push(future.map(|future| Box::pin(future) as Boxed<'a, T>));
    }

    /// The next that is done, with its number; `None` once all are.
    pub async fn next(&mut self) -> Option<(usize, T)> {
        std::future::poll_fn(|cx| {
            let mut left = false;
            for (number, slot) in self.0.iter_mut().enumerate() {
                let Some(future) = slot else { continue };
                if let Poll::Ready(output) = future.as_mut().poll(cx) {
                    *slot = None;
                    return Poll::Ready(Some((number, output)));
                }
                left = true;
            }
            if left { Poll::Pending } else { Poll::Ready(None) }
        })
        .await
    }

    /// Numbers of those that are not done.
    pub fn outstanding(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().filter_map(|(number, slot)| slot.as_ref().map(|_| number))
    }
}
