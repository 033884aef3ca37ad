//! Directs the workers, and tells what they do.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use cache_facade::Cache;

use super::worker::{News, OnThread, start_on_thread};
use super::{Example, Failure, clock};

/// Longer than anything in a play takes; then something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// The workers, and where their play is told.
pub(crate) struct Play<'o> {
    workers: Vec<State>,
    news: mpsc::Receiver<(usize, News)>,
    out: &'o mut dyn Write,
    begun: Instant,
    /// Until when the thing was held, if it is not any more.
    freed: Instant,
}

enum State {
    Thread(OnThread),
    /// Orders go to its standard input.
    Process(Child),
    Ended,
}

impl<'o> Play<'o> {
    /// With workers on threads of this process.
    pub(super) fn with_threads<E: Example>(
        cache: &Cache,
        out: &'o mut dyn Write,
    ) -> Result<Self, Failure> {
        let (stage, news) = mpsc::channel();
        let start = |number| {
            let (label, stage) = (label(number), stage.clone());
            start_on_thread::<E>(number, label, cache.clone(), stage).map(State::Thread)
        };
        let workers = (0..E::WORKERS).map(start).collect::<Result<_, _>>()?;
        let mut play = Self::new(workers, news, out);
        let backend = cache.backend().cache.name();
        play.say(&format!("{} workers in this process, on `{backend}`", E::WORKERS))?;
        Ok(play)
    }

    /// With workers that are processes: each opens the cache of the settings in this file.
    pub(super) fn with_processes(
        count: usize,
        config: &Path,
        out: &'o mut dyn Write,
    ) -> Result<Self, Failure> {
        let (stage, news) = mpsc::channel();
        let start = |number| start_process(number, config, stage.clone());
        let workers = (0..count).map(start).collect::<Result<_, _>>()?;
        let mut play = Self::new(workers, news, out);
        play.say(&format!("{count} workers, each a process, on {}", config.display()))?;
        Ok(play)
    }

    fn new(
        workers: Vec<State>,
        news: mpsc::Receiver<(usize, News)>,
        out: &'o mut dyn Write,
    ) -> Self {
        let begun = clock::now();
        Self { workers, news, out, begun, freed: begun }
    }

    /// Tells something that has happened just now.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), Failure> {
        let seconds = (clock::now() - self.begun).as_secs_f64();
        Ok(writeln!(self.out, "{seconds:6.3} s  {text}")?)
    }

    /// What a worker says next, and which: after this word, with which it has to begin. `None` when all
    /// have ended.
    pub(crate) fn next(&mut self, word: &str) -> Result<Option<(usize, String)>, Failure> {
        let Some((who, line)) = self.hear()? else { return Ok(None) };
        match line.split_once(' ') {
            Some((first, rest)) if first == word => Ok(Some((who, rest.to_owned()))),
            _ => Err(format!("{} said {line:?} in place of {word:?}", label(who)).into()),
        }
    }

    fn hear(&mut self) -> Result<Option<(usize, String)>, Failure> {
        while self.workers.iter().any(|worker| !matches!(worker, State::Ended)) {
            match self.news.recv_timeout(PATIENCE)? {
                (number, News::Said(line)) => return Ok(Some((number, line))),
                (number, News::Ended(outcome)) => self.ended(number, outcome)?,
            }
        }
        Ok(None)
    }

    fn ended(&mut self, number: usize, outcome: Result<(), Failure>) -> Result<(), Failure> {
        match std::mem::replace(&mut self.workers[number], State::Ended) {
            // It was killed, and its end is no news.
            State::Ended => Ok(()),
            State::Thread(_) => outcome,
            State::Process(mut child) => {
                let status = child.wait()?;
                let failed = || format!("{} ended with {status}", label(number)).into();
                if status.success() { Ok(()) } else { Err(failed()) }
            }
        }
    }

    pub(crate) fn order(&mut self, who: usize, order: &str) -> Result<(), Failure> {
        match &mut self.workers[who] {
            State::Thread(worker) => Ok(worker.orders.send(order.to_owned())?),
            State::Process(child) => {
                let input = child.stdin.as_mut().ok_or("no orders are given any more")?;
                Ok(writeln!(input, "{order}")?)
            }
            State::Ended => Err(format!("{} has ended already", label(who)).into()),
        }
    }

    /// Ends a worker where it stands, without a word from it.
    pub(crate) fn kill(&mut self, who: usize) -> Result<(), Failure> {
        match std::mem::replace(&mut self.workers[who], State::Ended) {
            State::Thread(worker) => worker.kill(),
            State::Process(mut child) => {
                child.kill()?;
                child.wait()?;
            }
            State::Ended => {}
        }
        self.is_free_now();
        Ok(())
    }

    /// From now on nobody works.
    pub(crate) fn is_free_now(&mut self) {
        self.freed = clock::now();
    }

    /// For how long nobody has worked.
    pub(crate) fn since_free(&self) -> String {
        format!("{:.3} s", (clock::now() - self.freed).as_secs_f64())
    }

    /// Waits for the end of those who are left.
    pub(super) fn end(mut self) -> Result<(), Failure> {
        for worker in &mut self.workers {
            match worker {
                // Without one who gives orders there is nothing left to wait for.
                State::Thread(worker) => worker.orders = tokio::sync::mpsc::unbounded_channel().0,
                State::Process(child) => drop(child.stdin.take()),
                State::Ended => {}
            }
        }
        while self.hear()?.is_some() {}
        Ok(())
    }
}

impl Drop for Play<'_> {
    /// No process stays behind when a play fails.
    fn drop(&mut self) {
        for worker in &mut self.workers {
            if let State::Process(child) = worker {
                // It has ended by itself, or ends now.
                let _ended = child.kill();
                let _status = child.wait();
            }
        }
    }
}

pub(crate) fn label(number: usize) -> String {
    format!("worker {}", number + 1)
}

fn start_process(
    number: usize,
    config: &Path,
    stage: mpsc::Sender<(usize, News)>,
) -> Result<State, Failure> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("--config").arg(config).args(["--worker", &label(number)]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let lines = child.stdout.take().ok_or("a process without standard output")?;
    thread::Builder::new().spawn(move || {
        for line in BufReader::new(lines).lines().map_while(Result::ok) {
            // Whoever directs may have gone.
            let _gone = stage.send((number, News::Said(line)));
        }
        let _gone = stage.send((number, News::Ended(Ok(()))));
    })?;
    Ok(State::Process(child))
}
