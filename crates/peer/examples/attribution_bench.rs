//! How long it takes to find out which program asks: over the agent's socket, and at the other end of a connection on
//! loopback. `tests/bench.py endpoint` runs it and prints the figures beside the others.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use daypass_peer::{OwnCommands, PeerCheck, Pinned};

const RUNS: usize = 2000;

fn main() {
    let commands = OwnCommands::default();
    let asker = measured(|| drop(Pinned::process(std::process::id(), &commands).program()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let check = PeerCheck::of_listener(listener.local_addr().unwrap());
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let peer = stream.local_addr().unwrap();
    let visitor = measured(|| drop(runtime.block_on(check.program(peer))));
    for (what, times) in [("a program that asks the agent", asker), ("a program at an endpoint", visitor)] {
        let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1000.0;
        println!("{what}: p50 {:.3} ms, p95 {:.3} ms (bar: 1 ms)", at(50), at(95));
    }
}

fn measured(work: impl Fn()) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times
}
