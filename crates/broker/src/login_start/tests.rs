use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use daypass_core::problem::ProblemCode;
use daypass_core::surroundings::AtLogin;

use super::{desktop_program, entry, follow, launch_agent, set};

/// What every reader of the file would take for something else.
const ODD: &str = "a b\"c`d$e\\f%g;h&i<j>'k";

fn at_login(folder: &Path) -> AtLogin {
    let program = folder.join("bin/daypass-desktop");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    AtLogin { file: folder.join("config/autostart/x.desktop"), beside: Some(program), ..AtLogin::default() }
}

#[test]
fn it_is_switched_on_and_off_and_follows_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let mut at_login = at_login(folder.path());
    let text = |at_login: &AtLogin| std::fs::read_to_string(&at_login.file).unwrap();
    set(&at_login, false).unwrap();
    assert!(!folder.path().join("config").exists(), "nothing is made to switch off what isn't on");
    set(&at_login, true).unwrap();
    assert!(text(&at_login).contains("bin/daypass-desktop"), "{}", text(&at_login));

    let moved = folder.path().join("daypass-desktop");
    std::fs::rename(at_login.beside.clone().unwrap(), &moved).unwrap();
    let gone = follow(&at_login, true).unwrap_err();
    assert_eq!(gone.code, ProblemCode::NoDesktopApp);
    at_login.elsewhere = vec![folder.path().join("nowhere"), moved.clone()];
    follow(&at_login, true).unwrap();
    assert!(text(&at_login).contains(moved.to_str().unwrap()));

    follow(&at_login, false).unwrap();
    assert!(!at_login.file.exists());
}

#[test]
fn what_the_person_did_in_their_desktop_stays() {
    let folder = tempfile::tempdir().unwrap();
    let at_login = at_login(folder.path());
    set(&at_login, true).unwrap();
    for off in ["Hidden=true\n", "X-GNOME-Autostart-enabled = false\n"] {
        let switched_off = format!("{}{off}", std::fs::read_to_string(&at_login.file).unwrap());
        std::fs::write(&at_login.file, &switched_off).unwrap();
        follow(&at_login, true).unwrap();
        assert_eq!(std::fs::read_to_string(&at_login.file).unwrap(), switched_off);
        set(&at_login, true).unwrap();
        assert!(!std::fs::read_to_string(&at_login.file).unwrap().contains(off), "asked for now");
    }
    std::fs::write(&at_login.file, "[Desktop Entry]\nName=Mine\n").unwrap();
    follow(&at_login, false).unwrap();
    assert!(at_login.file.exists(), "we didn't write it");
    set(&at_login, false).unwrap();
    assert!(!at_login.file.exists());
}

#[test]
fn a_link_in_path_goes_before_the_folder_of_one_version() {
    let folder = tempfile::tempdir().unwrap();
    let mut at_login = at_login(folder.path());
    let link = folder.path().join("link");
    symlink(at_login.beside.as_ref().unwrap(), &link).unwrap();
    let other = folder.path().join("other");
    std::fs::write(&other, "").unwrap();
    at_login.elsewhere = vec![other, link.clone()];
    assert_eq!(desktop_program(&at_login).unwrap(), link);
}

/// `systemd` starts autostart entries of many desktops, GLib those of others: here GLib's launcher reads it.
#[test]
#[cfg(target_os = "linux")]
fn glib_starts_the_program_with_its_home_whatever_is_in_their_paths() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join(ODD);
    std::fs::create_dir(&odd).unwrap();
    let (program, told) = (odd.join("daypass-desktop"), folder.path().join("told"));
    std::fs::write(
        &program,
        format!("#!/bin/sh\nprintf '%s\\n' \"$0\" \"$@\" \"$DAYPASS_HOME\" >{0}.new; mv {0}.new {0}\n", told.display()),
    )
    .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = folder.path().join("x.desktop");
    let at_login = AtLogin {
        file: file.clone(),
        home: Some(odd.join("home")),
        beside: Some(program.clone()),
        elsewhere: Vec::new(),
    };
    set(&at_login, true).unwrap();
    let Ok(launched) = Command::new("gio").arg("launch").arg(&file).output() else { return };
    assert!(launched.status.success(), "{launched:?}");
    let start = std::time::Instant::now();
    while !told.exists() && start.elapsed().as_secs() < 60 {
        std::thread::yield_now();
    }
    let expected = format!("{}\n--hidden\n{}\n", program.display(), odd.join("home").display());
    assert_eq!(std::fs::read_to_string(&told).unwrap(), expected);
}

#[test]
fn a_property_list_holds_every_path_but_those_with_line_breaks() {
    let list = launch_agent::launch_agent("io.daypass.desktop", Path::new(ODD), Some(Path::new("/d"))).unwrap();
    assert!(list.contains("a b\"c`d$e\\f%g;h&amp;i&lt;j&gt;'k</string>\n\t\t<string>--hidden"), "{list}");
    assert!(list.contains("<key>DAYPASS_HOME</key>\n\t\t<string>/d<") && list.contains(launch_agent::MARK));
    for path in ["a\nb", "a\u{1b}b", "a\0b"] {
        let paths = [PathBuf::from(path), PathBuf::from("/a")];
        let refused = launch_agent::launch_agent("x", &paths[0], None).unwrap_err();
        assert_eq!(refused.code, ProblemCode::FileError);
        assert!(entry::entry(&paths[0], None).is_err() && entry::entry(&paths[1], Some(&paths[0])).is_err());
    }
}
