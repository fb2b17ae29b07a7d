#!/bin/sh
# Makes sure that a need of the project is met on Debian 12.
# As root it installs what is missing; otherwise it says what to install.
# Usage: system-packages.sh venv|browser|paper
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
paper)
  # The complaint as a PDF: WeasyPrint lays text out with Pango, in these fonts.
  met() {
    for library in libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0; do
      python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$library" 2>/dev/null || return 1
    done
    for font in NotoNaskhArabic NotoSans- NotoSansGurmukhi; do
      fc-list 2>/dev/null | grep -q "$font" || return 1
    done
  }
  packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core fontconfig"
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
