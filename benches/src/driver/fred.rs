//! fred itself.

use bytes::Bytes;
use fred::clients::{Client, Pool};
use fred::interfaces::{ClientLike, KeysInterface};
use fred::types::RespVersion;
use fred::types::config::{Config, ConnectionConfig, TcpConfig};

use super::{CONNECTIONS, Seat};
use crate::Result;

pub(crate) struct Fred(Pool);

impl Fred {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let mut config = Config::from_url(url)?;
        config.version = RespVersion::RESP3;
        // Without `nodelay`, which ours has, small commands would be held back.
        let tcp = TcpConfig { nodelay: Some(true), ..TcpConfig::default() };
        let connection = ConnectionConfig { tcp, ..ConnectionConfig::default() };
        let pool = Pool::new(config, None, Some(connection), None, CONNECTIONS)?;
        pool.init().await?;
        Ok(Self(pool))
    }

    pub(crate) fn seat(&self, number: usize) -> Client {
        let clients = self.0.clients();
        clients[number % clients.len()].clone()
    }
}

impl Seat for Client {
    async fn get(&mut self, key: &str) -> Result<Option<usize>> {
        let value: Option<Bytes> = KeysInterface::get(self, key).await?;
        Ok(value.map(|value| value.len()))
    }

    async fn set(&mut self, key: &str, value: &Bytes) -> Result<()> {
        Ok(KeysInterface::set(self, key, value.clone(), None, None, false).await?)
    }

    async fn get_many(&mut self, keys: &[String], length: usize) -> Result<usize> {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let values: Vec<Option<Bytes>> = KeysInterface::mget(self, keys).await?;
        Ok(values.iter().flatten().filter(|value| value.len() == length).count())
    }
}
