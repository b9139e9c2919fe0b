#!/bin/bash
# Runs what `npm run gpu -- --pack` packed, on a Linux x86-64 machine without network and without Node.
#   bash run.sh                     everything that `npm run gpu` does; results go to report/ beside this script
#   bash run.sh --only doctor       its flags
#   bash run.sh diva doctor         any command of diva
#   bash run.sh node FILE …         a script of the tree with the packed Node
# TO names the folder to unpack into (a temporary one by default); it is used again the next time.
set -eu
export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/bin:/bin"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
to=${TO:-${TMPDIR:-/tmp}/diva-packed-$(id -u)}

unpack() {
  mkdir -p "$to"
  if command -v xz >/dev/null; then tar -xJf "$here/packed.tar.xz" -C "$to"
  else python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$here/packed.tar.xz" "$to"; fi
  touch "$to/.unpacked"
}
if [ ! "$to/.unpacked" -nt "$here/packed.tar.xz" ]; then rm -rf "$to"; unpack; fi

# The machine's own libraries come first: the packed ones fill gaps.
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/lib/x86_64-linux-gnu:/usr/local/nvidia/lib64:$to/lib"
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}"
# The loader looks in these folders by itself, but for the one that some machines with cards mount.
nvidia=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && [ -f "$nvidia" ]; then export VK_DRIVER_FILES="$nvidia"; fi

cd "$to/diva"
case "${1:-}" in
  diva) shift; exec "$to/node" packages/cli/src/main.ts "$@" ;;
  node) shift; exec "$to/node" "$@" ;;
  *) exec "$to/node" scripts/gpu/main.ts --out "$here/report" "$@" ;;
esac
