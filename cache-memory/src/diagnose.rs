//! What the backend tells about itself.

use cache_core::{Diagnose, Diagnosis, Error, Finding, Reply, Severity};

use crate::Memory;

impl Diagnose for Memory {
    fn diagnose(&self) -> Reply<'_, Diagnosis> {
        if self.shared.store.is_stopped() {
            return Reply::err(Error::stopped("memory", "diagnose"));
        }
        let mut diagnosis = Diagnosis::new();
        diagnosis.push(Finding::new("server", "none; the entries are in this process"));
        diagnosis.push(Finding::new("persistence", "none; what is stored ends with the process"));
        diagnosis.push(
            Finding::new("locks", "for the tasks and threads of this process alone")
                .severity(Severity::Note)
                .advice(
                    "where several processes share the work, each would get the lock: use a \
                     backend whose capabilities say `shared`, such as redis",
                ),
        );
        Reply::ok(diagnosis)
    }
}

#[cfg(test)]
mod tests {
    use cache_core::ErrorKind;

    use super::*;
    use crate::Options;

    #[test]
    fn locks_are_told_to_be_of_this_process_alone() {
        let memory = Memory::open(Options::new()).unwrap();
        let diagnosis = memory.diagnose().try_ready().unwrap().unwrap();
        let is_of_locks = |finding: &&Finding| finding.subject == "locks";
        let told = diagnosis.findings.iter().find(is_of_locks).unwrap();
        assert!(told.found.contains("this process alone"), "{told}");
        assert!(told.advice.contains("`shared`"), "{told}");
        // One process is what memory is for: nothing has to be changed there.
        assert_eq!(diagnosis.worst(), Severity::Note, "{diagnosis}");
        cache_core::Lifecycle::stop(&memory).try_ready().unwrap().unwrap();
        let error = memory.diagnose().try_ready().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Stopped, Some("diagnose")));
    }
}
