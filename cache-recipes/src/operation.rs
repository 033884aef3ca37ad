//! The calls that a wrapper can tell apart.

/// A call of a backend, named as its trait method is.
///
/// `name`, `capabilities`, `statistics` and `stop` are not among them: they are handed on as they
/// are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// [`CacheBackend::get`](cache_core::CacheBackend::get)
    Get,
    /// [`CacheBackend::set`](cache_core::CacheBackend::set)
    Set,
    /// [`CacheBackend::delete`](cache_core::CacheBackend::delete)
    Delete,
    /// [`CacheBackend::contains`](cache_core::CacheBackend::contains)
    Contains,
    /// [`CacheBackend::entry`](cache_core::CacheBackend::entry)
    Entry,
    /// [`CacheBackend::take`](cache_core::CacheBackend::take)
    Take,
    /// [`CacheBackend::ttl`](cache_core::CacheBackend::ttl)
    Ttl,
    /// [`CacheBackend::touch`](cache_core::CacheBackend::touch)
    Touch,
    /// [`CacheBackend::increment`](cache_core::CacheBackend::increment)
    Increment,
    /// [`CacheBackend::get_many`](cache_core::CacheBackend::get_many)
    GetMany,
    /// [`CacheBackend::set_many`](cache_core::CacheBackend::set_many)
    SetMany,
    /// [`CacheBackend::delete_many`](cache_core::CacheBackend::delete_many)
    DeleteMany,
    /// One step of [`CacheBackend::clear`](cache_core::CacheBackend::clear)
    Clear,
    /// [`LockBackend::acquire`](cache_core::LockBackend::acquire)
    Acquire,
    /// [`LockBackend::extend`](cache_core::LockBackend::extend)
    Extend,
    /// [`LockBackend::release`](cache_core::LockBackend::release)
    Release,
    /// [`LockBackend::inspect`](cache_core::LockBackend::inspect)
    Inspect,
    /// [`Watch::watch`](cache_core::Watch::watch)
    Watch,
}

impl Operation {
    /// Every operation.
    pub const ALL: &'static [Self] = &[
        Self::Get,
        Self::Set,
        Self::Delete,
        Self::Contains,
        Self::Entry,
        Self::Take,
        Self::Ttl,
        Self::Touch,
        Self::Increment,
        Self::GetMany,
        Self::SetMany,
        Self::DeleteMany,
        Self::Clear,
        Self::Acquire,
        Self::Extend,
        Self::Release,
        Self::Inspect,
        Self::Watch,
    ];

    /// The name of the trait method.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Set => "set",
            Self::Delete => "delete",
            Self::Contains => "contains",
            Self::Entry => "entry",
            Self::Take => "take",
            Self::Ttl => "ttl",
            Self::Touch => "touch",
            Self::Increment => "increment",
            Self::GetMany => "get_many",
            Self::SetMany => "set_many",
            Self::DeleteMany => "delete_many",
            Self::Clear => "clear",
            Self::Acquire => "acquire",
            Self::Extend => "extend",
            Self::Release => "release",
            Self::Inspect => "inspect",
            Self::Watch => "watch",
        }
    }

    /// Whether the operation leaves entries and locks as they are.
    pub const fn is_read(self) -> bool {
        matches!(
            self,
            Self::Get
                | Self::Contains
                | Self::Entry
                | Self::Ttl
                | Self::GetMany
                | Self::Inspect
                | Self::Watch
        )
    }
}
