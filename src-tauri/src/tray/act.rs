//! Carries out the menu's actions.

use daypass_broker::broker::{Broker, Needs};
use daypass_broker::requests::{ChangeSession, ConsolePage, LockReason, RegionChoice};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_deliver::env::Shell;
use tauri::{AppHandle, Manager};

use super::menu::AT_LOGIN;
use super::shown::{self, forget_menu};
use crate::window::{self, Destination};
use crate::{at_login, deeds, notify, passphrase, quick, sign_in};

/// Does what the entry of this id says.
pub(super) fn chosen(app: &AppHandle, id: &str) {
    app.state::<Broker>().person_acts();
    match id.split_once(':') {
        None => whole(app, id),
        Some(("sign-in", identity)) => {
            if let Ok(identity) = identity.parse() {
                notify::start_sign_in(app, identity);
            }
        }
        Some(("continue", identity)) => {
            window::navigate(app, &Destination::SignIn { identity: identity.to_owned() });
        }
        Some(("sign-out", identity)) => {
            window::navigate(app, &Destination::SignOut { identity: identity.to_owned() });
        }
        Some(("role", id)) => window::navigate(app, &Destination::Role { id: id.to_owned() }),
        Some((what, name)) => {
            let (what, name) = (what.to_owned(), name.to_owned());
            run(app, |broker, app| async move { act(&broker, &app, &what, &name).await });
        }
    }
}

fn whole(app: &AppHandle, id: &str) {
    match id {
        "open" => window::show(app),
        "quick" => quick::show(app),
        "quit" => app.exit(0),
        "attention" => window::navigate(app, &Destination::Attention),
        "settings" => window::navigate(app, &Destination::Settings),
        "sign-in-all" => window::navigate(app, &Destination::SignInAll),
        // The window asks first, and can undo it.
        "stop-all" => window::navigate(app, &Destination::StopAll),
        "unlock" => run(app, |_, app| async move { passphrase::unlock(&app).await }),
        "lock" => run(app, |broker, _| async move {
            broker.lock(LockReason::Asked).await;
            Ok(())
        }),
        AT_LOGIN => run(app, |broker, app| async move {
            let toggled = tauri::async_runtime::spawn_blocking(move || at_login::toggle(&broker)).await;
            forget_menu(&app);
            toggled.unwrap_or(Ok(()))
        }),
        // An entry of another menu.
        _ => {}
    }
}

async fn act(broker: &Broker, app: &AppHandle, what: &str, name: &str) -> Result<(), Problem> {
    match what {
        "start" => match deeds::takes_profile_over(broker, name)? {
            // The window asks before it ends another role's session.
            true => {
                window::navigate(app, &Destination::Role { id: name.to_owned() });
                Ok(())
            }
            false => sign_in::first(app, |person| deeds::start(broker, name, person)).await,
        },
        "stop" => broker.stop(Some(&name.parse()?)).await.map(drop),
        "region" => {
            // A profile's name may have a colon, and a region's has none.
            let Some((profile, region)) = name.rsplit_once(':') else { return Ok(()) };
            let region = RegionChoice::Named(region.parse()?);
            let asked = ChangeSession { region: Some(region), ..ChangeSession::of(profile.parse()?) };
            let changed = broker.change_session(&asked).await;
            // The platform marks what was chosen by itself, also where that was the region already.
            forget_menu(app);
            shown::refresh(app);
            changed.map(drop)
        }
        "write" => deeds::write_to_file(broker, name.parse()?).await,
        "list" => broker.list_roles(&name.parse()?, &|_| ()).await.map(drop),
        "copy" => {
            let profile = name.parse()?;
            sign_in::first(app, |person| deeds::copy_env(app, &profile, Shell::HERE, person)).await
        }
        "renew" => {
            let profile = &name.parse::<ProfileName>()?;
            let renew = |person| async move {
                let renewed = broker.sign_in_first(person, Needs::Renewal(profile), broker.renew(profile)).await?;
                Ok(renewed.map(drop))
            };
            sign_in::first(app, renew).await
        }
        "console" => {
            sign_in::first(app, |person| deeds::open_console(broker, name, ConsolePage::default(), person)).await
        }
        // An entry of another menu.
        _ => Ok(()),
    }
}

/// Runs an action chosen in the tray. If it fails, a notification says why.
fn run<F>(app: &AppHandle, work: impl FnOnce(Broker, AppHandle) -> F + Send + 'static)
where
    F: Future<Output = Result<(), Problem>> + Send + 'static,
{
    let (app, broker) = (app.clone(), app.state::<Broker>().inner().clone());
    tauri::async_runtime::spawn(async move {
        if let Err(problem) = work(broker, app.clone()).await {
            notify::problem(&app, &problem);
        }
    });
}
