# nix run 'github:OWNER/daypass?dir=packaging/nix' -- --version
{
  description = "Daypass: short-lived AWS credentials, always fresh";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = nixpkgs.lib.genAttrs systems;
    in
    {
      packages = each (system: rec {
        daypass = nixpkgs.legacyPackages.${system}.callPackage ./package.nix { };
        default = daypass;
      });
    };
}
