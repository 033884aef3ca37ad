//! redis-rs itself.

use bytes::Bytes;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo, cmd};

use super::{CONNECTIONS, Seat};
use crate::Result;

pub(crate) struct Redis(Vec<MultiplexedConnection>);

impl Redis {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let client = client(url)?;
        // Its limit of time, half a second, would cost a timer that is not part of the driver.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(client.get_multiplexed_async_connection_with_config(&config).await?);
        }
        Ok(Self(connections))
    }

    pub(super) fn seat(&self, number: usize) -> One<MultiplexedConnection> {
        One(self.connection(number))
    }

    pub(crate) fn connection(&self, number: usize) -> MultiplexedConnection {
        self.0[number % self.0.len()].clone()
    }
}

/// What connects, over RESP3.
pub(crate) fn client(url: &str) -> Result<Client> {
    // Without `nodelay`, which ours has, small commands would be held back.
    let tcp = TcpSettings::default().set_nodelay(true);
    let info = format!("{url}?protocol=resp3").into_connection_info()?.set_tcp_settings(tcp);
    Ok(Client::open(info)?)
}

/// A connection, whoever holds it.
pub(super) struct One<C>(pub(super) C);

impl<C: ConnectionLike + Send + 'static> Seat for One<C> {
    async fn get(&mut self, key: &str) -> Result<Option<usize>> {
        let value: Option<Vec<u8>> = cmd("GET").arg(key).query_async(&mut self.0).await?;
        Ok(value.map(|value| value.len()))
    }

    async fn set(&mut self, key: &str, value: &Bytes) -> Result<()> {
        Ok(cmd("SET").arg(key).arg(&value[..]).query_async(&mut self.0).await?)
    }

    async fn get_many(&mut self, keys: &[String], length: usize) -> Result<usize> {
        let values: Vec<Option<Vec<u8>>> = cmd("MGET").arg(keys).query_async(&mut self.0).await?;
        Ok(values.iter().flatten().filter(|value| value.len() == length).count())
    }
}
