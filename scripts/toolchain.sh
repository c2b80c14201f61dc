# Sourced by the other scripts: puts Node 26 first in PATH and installs the locked dependencies.
# Both steps are skipped when nothing changed, so a second start costs a few milliseconds.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/maintenant
node_version=26.10.0

say() { printf '%s\n' "$*" >&2; }

# The comment at the head of the script that was called, without its marks.
usage() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$0"; }

# npm's `node` package fetches the architecture's binary in a preinstall step, and the next npm
# install in the same tree removes it again: so it gets a prefix of its own.
use_node() {
  local major
  major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
  if [ "${major:-0}" -ge 26 ]; then return 0; fi
  local home=$cache/node-$node_version
  if [ ! -x "$home/node_modules/node/bin/node" ]; then
    if ! command -v npm >/dev/null 2>&1; then
      say "maintenant needs Node 26 or newer, and found ${major:+Node $major and }no npm to fetch it with: install Node 26 (https://nodejs.org)."
      return 1
    fi
    say "Node ${major:-(none)} is older than 26: fetching Node $node_version from npm into $home"
    mkdir -p "$home"
    # A preinstall step is what brings the binary, so scripts must be allowed for this one package.
    npm install --silent --no-fund --no-audit --no-save --ignore-scripts=false --prefix "$home" "node@$node_version" >&2 || return 1
  fi
  mkdir -p "$cache/node"
  ln -sfn "$home/node_modules/node/bin" "$cache/node/bin"
  PATH=$cache/node/bin:$PATH
  export PATH
}

# The lockfile's hash is the key: an unchanged lockfile means an unchanged node_modules.
install_dependencies() {
  local stamp=$root/node_modules/.maintenant-lock want
  want=$(sha256sum "$root/package-lock.json" | cut -d' ' -f1)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then return 0; fi
  say "Installing dependencies"
  (cd "$root" && npm ci --silent --ignore-scripts --no-fund --no-audit >&2) || return 1
  printf '%s' "$want" > "$stamp"
}

use_node || exit 1
install_dependencies || exit 1
