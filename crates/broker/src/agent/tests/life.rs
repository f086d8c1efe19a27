//! Agents that are stopped, stuck or full, and silent clients.

use std::os::unix::net::UnixListener;

use super::*;

fn silent_listener(home: &Path) -> (PathBuf, UnixListener) {
    let socket = socket_of(home);
    std::fs::create_dir(socket.parent().unwrap()).unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    (socket, listener)
}

#[test]
fn an_agent_that_gives_no_sign_of_life_is_named() {
    let home = tempfile::tempdir().unwrap();
    let (socket, _listener) = silent_listener(home.path());
    let problem = connect(&socket).err().unwrap();
    assert_eq!(problem.code, ProblemCode::AgentSilent);
    if cfg!(target_os = "linux") {
        assert!(problem.message.contains(&format!("process {}", std::process::id())), "{}", problem.message);
    }
}

#[test]
fn an_agent_whose_queue_is_full_is_silent_too() {
    let home = tempfile::tempdir().unwrap();
    let socket = socket_of(home.path());
    std::fs::create_dir(socket.parent().unwrap()).unwrap();
    let (family, kind) = (rustix::net::AddressFamily::UNIX, rustix::net::SocketType::STREAM);
    let full = rustix::net::socket(family, kind, None).unwrap();
    rustix::net::bind(&full, &rustix::net::SocketAddrUnix::new(&socket).unwrap()).unwrap();
    rustix::net::listen(&full, 0).unwrap();
    let _queued = UnixStream::connect(&socket).unwrap();
    assert_eq!(connect(&socket).err().unwrap().code, ProblemCode::AgentSilent);
}

#[test]
fn an_agent_that_greets_and_never_reads_the_request_is_silent() {
    let home = tempfile::tempdir().unwrap();
    let (socket, listener) = silent_listener(home.path());
    let (over, wait) = std::sync::mpsc::channel::<()>();
    let mute = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"{\"agent\":{\"version\":\"0\",\"pid\":77,\"window\":false}}\n").unwrap();
        let _ = wait.recv();
    });
    let problem = Problem::from(connect(&socket).unwrap().unwrap().ask(Hello, |_| ()).unwrap_err());
    assert_eq!(problem.code, ProblemCode::AgentSilent);
    assert!(problem.message.contains("process 77"), "{}", problem.message);
    drop(over);
    mute.join().unwrap();
}

#[test]
fn an_agent_that_is_gone_tells_whether_it_may_have_begun() {
    for (told, expected) in [("", false), ("{\"working\":null}\n", true)] {
        let home = tempfile::tempdir().unwrap();
        let (socket, listener) = silent_listener(home.path());
        let dying = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"{\"agent\":{\"version\":\"0\",\"pid\":77,\"window\":false}}\n").unwrap();
            let mut request = [0; 64];
            let _ = stream.read(&mut request).unwrap();
            stream.write_all(told.as_bytes()).unwrap();
        });
        let unanswered = connect(&socket).unwrap().unwrap().ask(Hello, |_| ()).unwrap_err();
        let Unanswered::Gone { problem, begun } = unanswered else { panic!("it hung up") };
        assert_eq!((problem.code, begun), (ProblemCode::AgentGone, expected));
        dying.join().unwrap();
    }
}

/// As after SIGCONT: the agent finds requests of clients that have long given up.
#[tokio::test(flavor = "multi_thread")]
async fn what_its_client_gave_up_is_not_carried_out_later() {
    let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
    let socket = socket_of(home.path());
    let listening = listen(&socket).unwrap();
    UnixStream::connect(&socket).unwrap().write_all(b"{\"ask\":\"retire\"}\n").unwrap();
    let program = Arc::new(Program::default());
    let host: Arc<dyn Host> = Arc::clone(&program) as Arc<dyn Host>;
    let serving = tokio::spawn(serve(listening, broker.clone(), host));
    let agent = Agent { home, broker, program, serving };
    agent.ask(Hello).await.unwrap();
    assert!(!agent.program.retired.load(Ordering::SeqCst), "the client that asked has gone");
    agent.ask(Retire).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_say_nothing_are_bounded_in_number_and_the_oldest_goes_first() {
    let agent = Agent::run();
    let socket = agent.socket();
    let crowd = || -> Vec<UnixStream> { (0..150).map(|_| UnixStream::connect(&socket).unwrap()).collect() };
    let (first, second) = (crowd(), crowd());
    assert!(!agent.ask(Hello).await.unwrap().window, "a command still gets its answer");
    let ends = move || {
        let mut first = first;
        for stream in &mut first {
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            // Its greeting at most, and the end.
            stream.read_to_end(&mut Vec::new()).unwrap();
        }
    };
    tokio::task::spawn_blocking(ends).await.unwrap();
    drop(second);
}
