//! What a cache tells about where it runs.

use cache_core::{Backend, Diagnosis, Effect, Error, Finding, Severity};

use crate::Cache;

impl Cache {
    /// Looks at what the backend stands on: which server it is, how far away, and what there would
    /// break a promise of the cache or of its locks, with what to change.
    ///
    /// Locks that exclude nobody outside of this process, beside entries that other processes share,
    /// are found whatever the backend tells of itself.
    ///
    /// It is for a person, or a check before a start: it makes some dozen calls, within
    /// thirty deadlines. Nothing of the cache is changed by it. Dropping the future ends the look.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the backend cannot tell, and those of
    /// [`get`](Cache::get) where it does not answer at all. What is wrong with the server is a
    /// [`Finding`](crate::Finding) and no error.
    ///
    /// ```
    /// # #[cfg(feature = "memory")]
    /// # pollster::block_on(async {
    /// let cache = cache_facade::open(cache_facade::Settings::new()).await?;
    /// for finding in cache.diagnose().await?.findings {
    ///     println!("{finding}");
    /// }
    /// # Ok::<(), cache_facade::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn diagnose(&self) -> Result<Diagnosis, Error> {
        let Some(diagnose) = &self.backend.diagnose else {
            return Err(Error::unsupported(self.backend.cache.name(), "diagnose"));
        };
        let patient = match self.policies.deadline {
            Some(deadline) => self.with_deadline(deadline.saturating_mul(LOOKS)),
            None => self.clone(),
        };
        let mut diagnosis = patient.in_time(diagnose.diagnose(), Effect::NotApplied).await?;
        diagnosis.findings.extend(locks_of_one_process(&self.backend));
        Ok(diagnosis)
    }
}

/// Locks in memory beside a cache on a server, as a program may put them together: a backend sees
/// its own part alone, and cannot tell.
fn locks_of_one_process(backend: &Backend) -> Option<Finding> {
    let locks = backend.locks.as_ref()?;
    if !backend.cache.capabilities().shared || locks.capabilities().shared {
        return None;
    }
    let (cache, locks) = (backend.cache.name(), locks.name());
    let found = format!(
        "those of `{locks}` exclude this process alone, and other processes share the entries of \
         `{cache}`"
    );
    let advice = "each process would get the lock; take the locks of a server, whose capabilities \
                  say `shared`";
    Some(Finding::new("locks", found).severity(Severity::Warning).advice(advice))
}

/// How many deadlines a look may take: it is about so many calls, one after another.
const LOOKS: u32 = 30;
