//! From credentials in memory to a profile durable on disk, beside a plain write + fsync + rename of
//! the same bytes: `cargo run --release -p aws-files --example upsert_bench`. Medians; the two take
//! turns, so that both see the same disk.

#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_files::{AwsFile, Batch, Document, FileKind, Foreign, HomeId, Key, ProfileName, Value, entry};

const ROUNDS: usize = 61;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Not in memory, because this measures mostly the disk.
    let folder = tempfile::tempdir_in(std::env::var_os("BENCH_DIR").unwrap_or_else(|| ".".into()))?;
    println!("profiles       size   parse     upsert  plain write  ratio");
    for profiles in [10, 1_000, 10_000] {
        let content = file_with(profiles);
        let path = folder.path().join(format!("credentials-{profiles}"));
        fs::write(&path, &content)?;
        let plain_path = folder.path().join(format!("plain-{profiles}"));
        let file = AwsFile::new(&path, FileKind::Credentials);
        let profile = ProfileName::parse("daypass-bench")?;

        let (mut upserts, mut plain_writes, mut parses) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let entries = credentials(round)?;
            let started = Instant::now();
            let _ = file.put(&profile, &entries, HomeId::new(1), Foreign::Refuse)?;
            upserts.push(started.elapsed());

            let bytes = fs::read(&path)?;
            let started = Instant::now();
            write_plainly(&plain_path, &bytes)?;
            plain_writes.push(started.elapsed());

            let started = Instant::now();
            std::hint::black_box(Document::parse(&bytes, FileKind::Credentials));
            parses.push(started.elapsed());
        }
        let (upsert, plain, parse) = (median(upserts), median(plain_writes), median(parses));
        println!(
            "{profiles:>8} {:>8} B {parse:>8.2?} {upsert:>9.2?}    {plain:>9.2?}  {:>5.2}",
            content.len(),
            upsert.as_secs_f64() / plain.as_secs_f64()
        );
    }
    let path = folder.path().join("config");
    let file = AwsFile::new(&path, FileKind::Config);
    let line =
        entry("credential_process", "/usr/bin/daypass credential-process --profile x --role work:arn:aws:iam::1")?;
    let puts = (0..5_000).map(|number| Ok((ProfileName::parse(&format!("shop-{number}"))?, vec![line.clone()])));
    let added = Batch { puts: puts.collect::<Result<_, aws_files::Error>>()?, ..Batch::default() };
    let names = added.puts.iter().map(|(name, _)| name.clone()).collect();
    let removed = Batch { removals: names, ..Batch::default() };
    fs::write(&path, file_with(1_000).replace("[", "[profile "))?;
    for (what, batch) in [("adding", &added), ("writing again", &added), ("removing", &removed)] {
        let started = Instant::now();
        let _ = file.apply(batch, HomeId::new(1), |_| Ok::<_, aws_files::Error>(()))?;
        println!("{what} 5,000 profiles among 1,000: {:.2?}", started.elapsed());
    }
    Ok(())
}

/// What a durable write takes at least: temporary file, fsync, rename, fsync of the folder.
fn write_plainly(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    #[cfg(unix)]
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

fn credentials(round: usize) -> Result<Vec<(Key, Value)>, aws_files::Error> {
    Ok(vec![
        entry("aws_access_key_id", &format!("ASIAEXAMPLE{round:08}"))?,
        entry("aws_secret_access_key", &format!("wJalrXUtnFEMI/K7MDENG/{round:018}"))?,
        entry("aws_session_token", &"IQoJb3JpZ2luX2VjEXAMPLE".repeat(20))?,
    ])
}

fn file_with(profiles: usize) -> String {
    let mut content = String::new();
    for number in 0..profiles {
        let _ = write!(
            content,
            "# account {number}\n[profile-{number}]\naws_access_key_id = AKIAEXAMPLE{number:08}\n\
             aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/{number:018}\nregion = eu-west-1\ns3 =\n  max_concurrent_requests = 20\n\n"
        );
    }
    content
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
