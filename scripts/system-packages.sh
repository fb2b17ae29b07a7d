#!/bin/sh
# Makes sure that a need of the project is met on Debian 12.
# As root it installs what is missing; otherwise it says what to install.
# Usage: system-packages.sh venv|browser
set -eu
case "$1" in
venv)
  met() { python3 -c 'import ensurepip, venv' 2>/dev/null; }
  packages="python3-venv"
  ;;
browser)
  met() { command -v chromium >/dev/null && fc-list 2>/dev/null | grep -q NotoNastaliqUrdu; }
  packages="chromium fonts-noto-core fontconfig"
  ;;
*)
  echo "system-packages.sh: unknown need: $1" >&2
  exit 2
  ;;
esac
met && exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "Missing on this machine: $packages. Install them as root: apt-get install $packages" >&2
  exit 1
fi
echo "Installing $packages ..." >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >&2
# shellcheck disable=SC2086
apt-get install -q -y --no-install-recommends $packages >&2
met || { echo "$packages were installed and are still not usable" >&2; exit 1; }
