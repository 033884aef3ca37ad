//! Locks by hand through fred.

use std::sync::Arc;

use fred::clients::Client;
use fred::interfaces::{ClientLike, KeysInterface};
use fred::types::{ClusterHash, CustomCommand, Expiration, SetOptions, Value};

use super::Lock;
use super::scripts::{Digests, Sequence, fence_key, fence_lease, lease, lock_key, plain_key};
use crate::Result;
use crate::driver::fred::Fred;

/// Sent as ours sends it.
fn evalsha() -> CustomCommand {
    CustomCommand::new_static("EVALSHA", ClusterHash::FirstKey, false)
}

/// The scripts of ours.
#[derive(Clone)]
pub(super) struct Scripts {
    client: Client,
    _pool: Arc<Fred>,
    digests: Digests,
    keys: [String; 2],
    sequence: Arc<Sequence>,
}

impl Scripts {
    pub(super) async fn open(url: &str, digests: &Digests) -> Result<Self> {
        let pool = Arc::new(Fred::open(url).await?);
        let (keys, sequence) = ([lock_key(), fence_key()], Arc::default());
        Ok(Self { client: pool.seat(0), _pool: pool, digests: digests.clone(), keys, sequence })
    }
}

impl Lock for Scripts {
    type Held = String;

    async fn acquire(&self) -> Result<String> {
        let token = self.sequence.token();
        let [lock, fence] = self.keys.clone();
        let start = [self.digests.acquire.clone(), "2".to_owned(), lock, fence, token.clone()];
        let numbers = [lease(), self.sequence.least_fence(), fence_lease()];
        let numbers = numbers.map(|number| Value::Integer(number.cast_signed()));
        let words = start.into_iter().map(Value::from);
        let arguments: Vec<_> = words.chain(numbers).chain([Value::from("")]).collect();
        let (state, fence): (i64, u64) = self.client.custom(evalsha(), arguments).await?;
        super::granted(state == 1)?;
        self.sequence.granted(fence);
        Ok(token)
    }

    async fn release(&self, held: String) -> Result<()> {
        let words = [self.digests.release.clone(), "1".to_owned(), self.keys[0].clone(), held];
        super::given_back(self.client.custom(evalsha(), words.to_vec()).await?)
    }
}

/// A key that is set and deleted: nothing compares who deletes it.
#[derive(Clone)]
pub(super) struct Plain {
    client: Client,
    _pool: Arc<Fred>,
    key: String,
    sequence: Arc<Sequence>,
}

impl Plain {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let pool = Arc::new(Fred::open(url).await?);
        let (key, sequence) = (plain_key(), Arc::default());
        Ok(Self { client: pool.seat(0), _pool: pool, key, sequence })
    }
}

impl Lock for Plain {
    type Held = ();

    async fn acquire(&self) -> Result<()> {
        let (key, token) = (self.key.as_str(), self.sequence.token());
        let end = Some(Expiration::PX(lease().cast_signed()));
        let set = KeysInterface::set(&self.client, key, token, end, Some(SetOptions::NX), false);
        let answer: Option<String> = set.await?;
        super::granted(answer.is_some())
    }

    async fn release(&self, (): ()) -> Result<()> {
        super::given_back(KeysInterface::del(&self.client, self.key.as_str()).await?)
    }
}
