# Desktop app and command, from this checkout. Cargo.lock and package-lock.json have the hashes of all they need.
{ lib
, buildNpmPackage
, glib-networking
, gtk3
, importNpmLock
, installShellFiles
, libayatana-appindicator
, librsvg
, pkg-config
, rustPlatform
, webkitgtk_4_1
, wrapGAppsHook3
}:

let
  root = ../..;
  version = (lib.importTOML (root + "/Cargo.toml")).workspace.package.version;

  window = buildNpmPackage {
    pname = "daypass-window";
    inherit version;
    src = root + "/ui";
    npmDeps = importNpmLock { npmRoot = root + "/ui"; };
    npmConfigHook = importNpmLock.npmConfigHook;
    installPhase = "cp -r dist $out";
  };
in
rustPlatform.buildRustPackage {
  pname = "daypass";
  inherit version;
  src = root;
  cargoLock.lockFile = root + "/Cargo.lock";
  cargoBuildFlags = [ "-p" "daypass" "-p" "daypass-desktop" "--features" "tauri/custom-protocol" ];

  nativeBuildInputs = [ installShellFiles pkg-config wrapGAppsHook3 ];
  buildInputs = [ glib-networking gtk3 libayatana-appindicator librsvg webkitgtk_4_1 ];

  preBuild = "mkdir -p ui && cp -r ${window} ui/dist";

  # They need servers, a display and a keyring: `./dev test`.
  doCheck = false;

  postInstall = ''
    $out/bin/daypass man-pages man1
    installManPage man1/*.1 packaging/linux/daypass-desktop.1
    installShellCompletion --cmd daypass \
      --bash <($out/bin/daypass completions bash) \
      --fish <($out/bin/daypass completions fish) \
      --zsh <($out/bin/daypass completions zsh)
    install -Dm644 icons/daypass.svg $out/share/icons/hicolor/scalable/apps/daypass-desktop.svg
    install -Dm644 packaging/linux/daypass-agent.service -t $out/lib/systemd/user
    substituteInPlace $out/lib/systemd/user/daypass-agent.service --replace-fail /usr/bin/daypass $out/bin/daypass
    install -d $out/share/applications
    sed -e '/{{#if/d; /{{\/if}}/d' -e 's/{{name}}/Daypass/; s/{{exec}}/daypass-desktop/; s/{{icon}}/daypass-desktop/' \
      -e 's/{{categories}}/Development;/; s/{{comment}}/Short-lived AWS credentials, always fresh/' \
      packaging/linux/daypass.desktop.hbs >$out/share/applications/Daypass.desktop
  '';

  # The tray icon's library is loaded when it's needed.
  preFixup = ''
    gappsWrapperArgs+=(--prefix LD_LIBRARY_PATH : ${lib.makeLibraryPath [ libayatana-appindicator ]})
  '';

  meta = {
    description = "Short-lived AWS credentials, always fresh";
    license = with lib.licenses; [ mit asl20 ];
    mainProgram = "daypass";
    platforms = lib.platforms.linux;
  };
}
