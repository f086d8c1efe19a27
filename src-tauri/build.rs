//! Generates the window's permissions. It may call these commands and nothing else.

fn main() {
    let commands = [
        "snapshot",
        "shell_facts",
        "add_identity",
        "update_identity",
        "remove_identity",
        "check_identity",
        "try_settings",
        "try_identity",
        "end_trial",
        "sign_in",
        "cancel_sign_in",
        "sign_out",
        "list_roles",
        "copy_sign_in_url",
        "open_sign_in_url",
        "show_sign_in_window",
        "copy_mfa_code",
        "show_mfa_code",
        "rotate_key",
        "check_role",
        "put_role",
        "remove_role",
        "start",
        "stop",
        "stop_all",
        "renew",
        "copy_env",
        "open_console",
        "copy_console_url",
        "explain_denial",
        "whose_key",
        "start_sandbox",
        "leave_sandbox",
        "open_config_file",
    ];
    let manifest = tauri_build::AppManifest::new().commands(Box::leak(Box::new(commands)));
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)).expect("tauri.conf.json is right");
}
