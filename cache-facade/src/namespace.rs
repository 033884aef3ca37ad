//! Key spaces that never meet.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arrayvec::ArrayString;
use cache_core::{Error, ErrorKind, Key, RESERVED_PREFIX};

/// The longest path in bytes, escaped and with what joins it.
const MAX_PATH_BYTES: usize = 1024;

/// Full keys up to this length are built on the stack, longer ones on the heap. The buffer is not
/// cleared first, so its size costs nothing.
const STACK_KEY_BYTES: usize = 512;

/// What stands in front of every key of a handle.
///
/// A path of names is written as the names, escaped, joined by `/` and ended by `:`. An escaped
/// name holds neither, so the first `:` of a full key ends the path: two different pairs of path
/// and key never make the same full key. Braces are escaped too, so that a hash tag of Redis Cluster
/// is always the key's own.
#[derive(Clone)]
pub(crate) struct Namespace {
    /// Empty at the root, else it ends with `:`.
    prefix: Arc<str>,
}

impl Namespace {
    /// The whole key space: keys stand there as they are.
    pub(crate) fn root() -> Self {
        Self { prefix: Arc::from("") }
    }

    pub(crate) fn is_root(&self) -> bool {
        self.prefix.is_empty()
    }

    /// The path with its end, as it stands in front of keys.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The namespace `name` inside this one.
    pub(crate) fn child(&self, name: &str) -> Result<Self, Error> {
        if name.is_empty() {
            return Err(refused("the namespace's name is empty; give at least 1 byte"));
        }
        let mut path = String::with_capacity(self.prefix.len() + name.len() + 1);
        if let Some(parent) = self.prefix.strip_suffix(':') {
            path.push_str(parent);
            path.push('/');
        }
        push_escaped(&mut path, name);
        if path.len() > MAX_PATH_BYTES {
            let length = path.len();
            return Err(refused(format!(
                "the namespace's path takes {length} bytes, with `%`, `:`, `/`, `{{` and `}}` \
                 escaped to 3 bytes each; the longest is {MAX_PATH_BYTES}"
            )));
        }
        path.push(':');
        if path.starts_with(RESERVED_PREFIX) {
            return Err(refused(format!(
                "keys of this namespace would begin with `{RESERVED_PREFIX}`, under which locks \
                 are held; choose another name"
            )));
        }
        Ok(Self { prefix: path.into() })
    }

    /// Checks `key` and gives it to `call` as it is stored, or why it is refused. Allocates nothing
    /// up to [`STACK_KEY_BYTES`], and never at the root.
    ///
    /// What `call` answers is handed on as it is: a hit is short enough to feel another copy.
    #[inline]
    pub(crate) fn with_full_key<T>(
        &self,
        key: &str,
        call: impl FnOnce(Result<Key<'_>, Error>) -> T,
    ) -> T {
        if self.is_root() { call(Key::new(key)) } else { self.with_prefixed(key, call) }
    }

    /// Apart from the root, which needs no room on the stack.
    #[inline(never)]
    fn with_prefixed<T>(&self, key: &str, call: impl FnOnce(Result<Key<'_>, Error>) -> T) -> T {
        if let Err(refused) = Key::new(key) {
            return call(Err(refused));
        }
        let length = self.prefix.len() + key.len();
        if length <= STACK_KEY_BYTES {
            let mut full = ArrayString::<STACK_KEY_BYTES>::new();
            full.push_str(&self.prefix);
            full.push_str(key);
            call(Key::new(&full))
        } else if length <= Key::MAX_BYTES {
            call(Key::new(&self.join(key)))
        } else {
            call(Err(self.too_long(key)))
        }
    }

    /// Checks `key` and answers it as it is stored, on the heap.
    #[cfg(test)]
    pub(crate) fn full_key(&self, key: &str) -> Result<String, Error> {
        self.with_full_key(key, |full| full.map(|full| full.as_str().to_owned()))
    }

    /// A prefix of keys as it stands in full keys.
    pub(crate) fn join(&self, prefix: &str) -> String {
        [&*self.prefix, prefix].concat()
    }

    /// A full key as the user knows it; `None` for a key of another namespace.
    pub(crate) fn strip<'a>(&self, full_key: &'a str) -> Option<&'a str> {
        full_key.strip_prefix(&*self.prefix)
    }

    #[cold]
    fn too_long(&self, key: &str) -> Error {
        refused(format!(
            "the key has {} bytes and its namespace adds {}; give at most {} together",
            key.len(),
            self.prefix.len(),
            Key::MAX_BYTES
        ))
        .with_key(key)
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.prefix, f)
    }
}

fn push_escaped(path: &mut String, name: &str) {
    for character in name.chars() {
        match character {
            '%' => path.push_str("%25"),
            '/' => path.push_str("%2F"),
            ':' => path.push_str("%3A"),
            '{' => path.push_str("%7B"),
            '}' => path.push_str("%7D"),
            plain => path.push(plain),
        }
    }
}

#[cold]
fn refused(problem: impl Into<Cow<'static, str>>) -> Error {
    Error::not_applied(ErrorKind::InvalidInput, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(names: &[&str]) -> Result<Namespace, Error> {
        names.iter().try_fold(Namespace::root(), |parent, name| parent.child(name))
    }

    fn full(names: &[&str], key: &str) -> String {
        path(names).unwrap().full_key(key).unwrap()
    }

    #[track_caller]
    fn assert_refused<T: fmt::Debug>(answer: Result<T, Error>, why: &str) {
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(why), "no {why:?} in: {error}");
    }

    #[test]
    fn full_key_is_the_path_and_the_key_byte_for_byte() {
        assert_eq!(full(&[], "a:b/{c}%"), "a:b/{c}%");
        assert_eq!(full(&["shop"], "a:b/{c}%"), "shop:a:b/{c}%");
        assert_eq!(full(&["shop", "users"], "1"), "shop/users:1");
    }

    #[test]
    fn names_are_escaped_so_that_no_name_ends_a_path_or_makes_a_hash_tag() {
        assert_eq!(full(&["%:/{}", "é"], "{k}"), "%25%3A%2F%7B%7D/é:{k}");
    }

    #[test]
    fn keys_that_look_alike_stay_apart() {
        assert_ne!(full(&["a"], "b:c"), full(&["a:b"], "c"));
        assert_ne!(full(&["a", "b"], "c"), full(&["a/b"], "c"));
        assert_ne!(full(&["a"], "/b:c"), full(&["a", "b"], "c"));
        assert_ne!(full(&["%3A"], "k"), full(&[":"], "k"));
    }

    #[test]
    fn stripping_a_full_key_gives_the_key_and_another_namespace_gives_none() {
        let namespace = path(&["a", "b"]).unwrap();
        assert_eq!(namespace.strip("a/b:c:d"), Some("c:d"));
        assert_eq!(namespace.strip("a:b:c"), None);
        assert_eq!(Namespace::root().strip("a:b"), Some("a:b"));
    }

    #[test]
    fn empty_name_is_refused() {
        assert_refused(path(&[""]), "empty");
        assert_refused(path(&["a", ""]), "empty");
    }

    #[test]
    fn longest_path_is_accepted_and_one_byte_more_is_refused() {
        assert!(path(&[&"n".repeat(MAX_PATH_BYTES)]).is_ok());
        assert_refused(path(&[&"n".repeat(MAX_PATH_BYTES + 1)]), "1025 bytes");
        assert_refused(path(&[&":".repeat(342)]), "1026 bytes");
        let half = "n".repeat(MAX_PATH_BYTES / 2);
        assert_refused(path(&[&half, &half]), "1025 bytes");
    }

    #[test]
    fn reserved_prefix_is_refused_as_a_name_and_as_a_key() {
        assert_refused(path(&["__cache__"]), RESERVED_PREFIX);
        assert!(path(&["a", "__cache__"]).is_ok());
        assert_refused(path(&["a"]).unwrap().full_key("__cache__:lock"), RESERVED_PREFIX);
        assert_refused(Namespace::root().full_key("__cache__:lock"), RESERVED_PREFIX);
    }

    #[test]
    fn empty_key_is_refused_in_a_namespace_too() {
        assert_refused(path(&["a"]).unwrap().full_key(""), "empty");
    }

    #[test]
    fn namespace_counts_for_the_length_of_a_key() {
        let namespace = path(&["ab"]).unwrap();
        let longest = "k".repeat(Key::MAX_BYTES - 3);
        assert_eq!(namespace.full_key(&longest).unwrap().len(), Key::MAX_BYTES);
        assert_refused(namespace.full_key(&format!("{longest}k")), "its namespace adds 3");
    }

    #[test]
    fn stack_and_heap_make_the_same_keys() {
        let namespace = path(&["ab"]).unwrap();
        for length in [STACK_KEY_BYTES - 4, STACK_KEY_BYTES - 3, STACK_KEY_BYTES - 2, 5000] {
            let key = "k".repeat(length);
            assert_eq!(namespace.full_key(&key).unwrap(), format!("ab:{key}"));
        }
    }
}
