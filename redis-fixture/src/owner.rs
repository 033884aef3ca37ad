//! Whose a server is: a process, told apart from every other one there was.

use std::fmt;
use std::fs;
use std::str::FromStr;

use rustix::process::{Pid, test_kill_process};

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    id: i32,
    /// When it started: numbers of processes are used again. Empty where the system does not tell.
    started: String,
    /// Which numbers it is one of: those of this boot, and of this namespace.
    place: String,
}

impl Owner {
    pub(crate) fn this_process() -> Self {
        let id = i32::try_from(std::process::id()).unwrap_or(0);
        Self { id, started: started(id).unwrap_or_default(), place: place() }
    }

    /// Whether the process is certainly gone. Of another machine or namespace nothing is known.
    pub(crate) fn is_gone(&self) -> bool {
        if self.place != place() {
            return false;
        }
        let exists = Pid::from_raw(self.id).is_some_and(|id| test_kill_process(id).is_ok());
        !exists || started(self.id).is_some_and(|started| started != self.started)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.id, self.started, self.place)
    }
}

impl FromStr for Owner {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '/');
        let mut next = || parts.next().map(str::to_owned).ok_or(());
        let id = next()?.parse().map_err(|_| ())?;
        Ok(Self { id, started: next()?, place: next()? })
    }
}

/// The 22nd field of the process' line, in ticks since the boot; see proc_pid_stat(5).
fn started(id: i32) -> Option<String> {
    let line = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name of the program, in parentheses, may contain anything.
    let (_, fields) = line.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{}/{}", boot.trim(), namespace.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_is_read_as_it_is_written() {
        let owner = Owner::this_process();
        assert_eq!(owner.to_string().parse(), Ok(owner));
        assert_eq!("one/2/3".parse::<Owner>(), Err(()));
    }

    #[test]
    fn process_that_runs_is_not_gone_and_one_that_had_its_number_is() {
        let owner = Owner::this_process();
        assert!(!owner.is_gone());
        assert!(Owner { started: "1".to_owned(), ..owner }.is_gone());
    }

    #[test]
    fn process_that_ended_is_gone() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let id = i32::try_from(child.id()).unwrap();
        let owner = Owner { id, started: String::new(), ..Owner::this_process() };
        child.wait().unwrap();
        assert!(owner.is_gone());
    }

    #[test]
    fn nothing_is_known_of_processes_of_other_machines() {
        let other = Owner { id: 1, started: "1".to_owned(), place: "elsewhere".to_owned() };
        assert!(!other.is_gone());
    }
}
