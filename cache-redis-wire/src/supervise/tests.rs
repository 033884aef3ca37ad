mod dialling;
mod ending;
mod health;

use std::time::Duration;

use cache_core::{Effect, ErrorKind};

use super::fake::{Dial, Fake, Mode};
use super::*;
use crate::options::Options;
use crate::reply::Lost;

const WRITE: Call = Call { operation: "set", reads_only: false };
const READ: Call = Call { operation: "get", reads_only: true };

/// A link with a deadline of 100 ms and one cache connection.
fn link(fake: &Fake) -> Arc<Link<Fake>> {
    link_with(fake, Options::new())
}

fn link_with(fake: &Fake, options: Options) -> Arc<Link<Fake>> {
    let options = options.connections(1).deadline(ms(100)).connect_timeout(ms(200));
    Arc::new(Link::new(Arc::new(options.check().unwrap()), Arc::new(fake.clone())))
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The number of the connection that answered a write.
async fn call(link: &Link<Fake>) -> Result<i64, Error> {
    call_on(link, Lane::Cache).await
}

async fn call_on(link: &Link<Fake>, lane: Lane) -> Result<i64, Error> {
    match link.command(lane, WRITE, Command::new("SET", 0)).await? {
        Answer::Integer(number) => Ok(number),
        _ => Ok(-1),
    }
}

/// A call in a task of its own, that has got as far as it can.
async fn begun(link: &Arc<Link<Fake>>, lane: Lane) -> tokio::task::JoinHandle<Result<i64, Error>> {
    let link = Arc::clone(link);
    let task = tokio::spawn(async move { call_on(&link, lane).await });
    settle().await;
    task
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

async fn pass(time: Duration) {
    let _ = clock::pause(time).await;
    settle().await;
}

fn what(error: &Error) -> (ErrorKind, Effect) {
    (error.kind(), error.effect())
}

/// How many calls the link believes to be under way in the lane, given up ones included.
fn occupied(link: &Link<Fake>, lane: Lane) -> usize {
    link.pool(lane).occupied()
}
