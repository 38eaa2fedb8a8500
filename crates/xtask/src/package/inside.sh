# Runs in the clean Debian as root: installs the package, starts the program, takes a picture of its window.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
log=/trial/apt.log
say() { printf '  %s\n' "$*"; }
fail() { printf '  FAILED: %s\n' "$*"; tail -n 20 "$log" /trial/*.log 2>/dev/null || true; exit 1; }
quietly() { "$@" >>"$log" 2>&1 || fail "$*"; }

if [ "${1:-}" != window ]; then
  quietly apt-get -q update
  before=$(dpkg-query -f '.\n' -W | wc -l)
  quietly apt-get -q -y install --no-install-recommends /trial/satchel.deb
  after=$(dpkg-query -f '.\n' -W | wc -l)
  say "installed: $(dpkg-query -W -f '${Package} ${Version}, ${db:Status-Status}' satchel)" \
    "($before packages before, $after after, none of them merely recommended)"
  for name in satchel satchelctl satchel-pool; do
    missing=$(ldd "/usr/bin/$name" | grep 'not found') && fail "$name lacks $missing"
  done
  say "libraries: none missing for satchel, satchelctl, satchel-pool"
  say "satchelctl --version: $(satchelctl --version)"
  say "satchel-pool --help: $(satchel-pool --help | head -n 1)"
  say "ffmpeg, ffprobe: $(ffmpeg -version | head -n 1 | cut -d' ' -f1-3), $(ffprobe -version | head -n 1 | cut -d' ' -f1-3)"
  quietly apt-get -q -y install --no-install-recommends xvfb dbus x11-utils desktop-file-utils
  entry=$(dpkg -L satchel | grep '\.desktop$')
  desktop-file-validate "$entry" || fail "$entry is no good entry"
  say "desktop entry: $entry, $(sed -n 's/^Name\[zh_CN\]=//p' "$entry"), icon $(dpkg -L satchel | grep -c '/icons/.*png') sizes"
  useradd --create-home reporter
  chmod 1777 /trial
  exec su reporter -s /bin/sh -c 'exec dbus-run-session -- /bin/sh /trial/inside.sh window'
fi

# From here on as an ordinary user.
cd "$HOME"
mkdir -m 700 run
export XDG_RUNTIME_DIR="$HOME/run" SATCHEL_NO_KEYRING=1 SATCHEL_PASSPHRASE='a long enough passphrase'
log=/trial/user.log
ctl() { satchelctl --json --library "$HOME/made" "$@" 2>>"$log" || fail "satchelctl $*"; }
ctl start-centre --centre '青山县融媒体中心' --name '林晓' >>"$log"
story=$(ctl new '干净的机器上的第一篇稿件' | sed -n 's/.*"story": *"\([^"]*\)".*/\1/p' | head -n 1)
[ -n "$story" ] || fail "no story was made"
say "satchelctl: a centre with its own pool was started and story $story made"
unset SATCHEL_PASSPHRASE

Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp 3>/trial/display 2>>"$log" &
screen=$!
for turn in $(seq 50); do [ -s /trial/display ] && break; sleep 0.2; done
export DISPLAY=":$(cat /trial/display)" LIBGL_ALWAYS_SOFTWARE=1
entry=$(dpkg -L satchel | grep '\.desktop$')
$(sed -n 's/^Exec=//p' "$entry") --library "$HOME/library" >/trial/satchel.log 2>&1 &
program=$!
for turn in $(seq 150); do
  kill -0 $program 2>/dev/null || fail "the program ended"
  xwininfo -root -tree | grep -q '"Satchel' && break
  sleep 0.2
done
sleep 8
kill -0 $program 2>/dev/null || fail "the program ended"
title=$(xwininfo -root -tree | sed -n 's/.*"\(Satchel[^"]*\)".*/\1/p' | head -n 1)
[ -n "$title" ] || fail "no window came up"
children=$(for one in /proc/[0-9]*; do cat "$one/comm" 2>/dev/null; done | grep -c '^WebKit' || true)
say "started: process $program alive, window '$title', $children WebKit processes"
ffmpeg -v error -f x11grab -video_size 1366x768 -i "$DISPLAY" -frames:v 1 -y /trial/window.png || fail "no picture"
[ "$(wc -c </trial/window.png)" -gt 12000 ] || fail "the picture shows an empty window"
kill -TERM $program
wait $program && code=0 || code=$?
say "ended on request, exit code $code"
kill $screen
[ "$code" -eq 0 ] || fail "it did not end in good order"
