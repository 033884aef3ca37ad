//! A reference, a `Box` and an `Arc` of a backend are backends.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::{
    Acquired, CacheBackend, Capabilities, ClearScope, ClearStep, Cursor, Diagnose, Diagnosis,
    Entry, Error, Extended, Key, Lifecycle, LockBackend, LockName, LockRequest, LockState,
    Released, Reply, Scope, SetItem, SetOptions, SetOutcome, Statistics, Subscription, Token, Ttl,
    Watch,
};

macro_rules! forward {
    ($($pointer:ty),+) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl<T: Lifecycle + ?Sized> Lifecycle for $pointer {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn capabilities(&self) -> Capabilities {
                (**self).capabilities()
            }

            fn stop(&self) -> Reply<'_, ()> {
                (**self).stop()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: CacheBackend + ?Sized> CacheBackend for $pointer {
            fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
                (**self).get(key)
            }

            fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
                (**self).set(key, value, options)
            }

            fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
                (**self).delete(key)
            }

            fn contains(&self, key: Key<'_>) -> Reply<'_, bool> {
                (**self).contains(key)
            }

            fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
                (**self).entry(key)
            }

            fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
                (**self).take(key)
            }

            fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
                (**self).ttl(key)
            }

            fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
                (**self).touch(key, ttl)
            }

            fn increment(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Reply<'_, i64> {
                (**self).increment(key, delta, ttl)
            }

            fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
                (**self).get_many(keys)
            }

            fn set_many(&self, items: Vec<SetItem<'_>>) -> Reply<'_, Vec<Result<SetOutcome, Error>>> {
                (**self).set_many(items)
            }

            fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
                (**self).delete_many(keys)
            }

            fn clear(&self, scope: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
                (**self).clear(scope, cursor)
            }

            fn statistics(&self) -> Result<Statistics, Error> {
                (**self).statistics()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: LockBackend + ?Sized> LockBackend for $pointer {
            fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
                (**self).acquire(request)
            }

            fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
                (**self).extend(name, token, ttl)
            }

            fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
                (**self).release(name, token)
            }

            fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
                (**self).inspect(name)
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: Watch + ?Sized> Watch for $pointer {
            fn watch(&self, scope: Scope<'_>) -> Reply<'_, Subscription> {
                (**self).watch(scope)
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: Diagnose + ?Sized> Diagnose for $pointer {
            fn diagnose(&self) -> Reply<'_, Diagnosis> {
                (**self).diagnose()
            }
        }
    )+};
}

forward!(&T, Box<T>, Arc<T>);
