//! An agent whose socket is removed or replaced.

use super::*;

/// Waits for it. The bound only ends a hang.
async fn until(what: &'static str, mut is: impl FnMut() -> bool + Send + 'static) {
    let wait = move || {
        (0..1500).any(|_| {
            is() || {
                std::thread::sleep(Duration::from_millis(20));
                false
            }
        })
    };
    assert!(tokio::task::spawn_blocking(wait).await.unwrap(), "{what}");
}

fn answers(socket: &Path) -> bool {
    connect(socket).is_ok_and(|agent| agent.is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_folder_was_removed_listens_there_again() {
    let agent = Agent::run();
    let socket = agent.socket();
    agent.ask(Hello).await.unwrap();
    // As systemd-logind does at the last logout.
    std::fs::remove_dir_all(socket.parent().unwrap()).unwrap();
    until("it's back", move || answers(&socket)).await;
    let socket = agent.socket();
    assert_eq!(std::fs::metadata(socket.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    let problem = tokio::task::spawn_blocking(move || refusal(&socket)).await.unwrap();
    assert_eq!(problem.code, ProblemCode::AgentRunning, "and is the only one");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_socket_alone_was_removed_listens_there_again() {
    let agent = Agent::run();
    let socket = agent.socket();
    std::fs::remove_file(&socket).unwrap();
    until("it's back", move || answers(&socket)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_place_another_took_ends_and_leaves_the_others_socket_alone() {
    let mut agent = Agent::run();
    let socket = agent.socket();
    agent.ask(Hello).await.unwrap();
    std::fs::remove_dir_all(socket.parent().unwrap()).unwrap();
    // Both want the place, and one of them has it in the end.
    let Ok(second) = listen(&socket) else { return };
    tokio::time::timeout(Duration::from_secs(30), &mut agent.serving).await.unwrap().unwrap();
    assert!(UnixStream::connect(&socket).is_ok(), "the second's socket is still there");
    drop(second);
    assert!(!socket.exists());
}

#[tokio::test]
async fn only_the_own_socket_is_removed_at_the_end() {
    let home = tempfile::tempdir().unwrap();
    let socket = socket_of(home.path());
    let first = listen(&socket).unwrap();
    std::fs::remove_dir_all(socket.parent().unwrap()).unwrap();
    let second = listen(&socket).unwrap();
    drop(first);
    assert!(UnixStream::connect(&socket).is_ok());
    assert_eq!(tokio::task::spawn_blocking(move || refusal(&socket)).await.unwrap().code, ProblemCode::AgentSilent);
    drop(second);
}
