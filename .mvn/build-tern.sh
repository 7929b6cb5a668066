# Sourced by ./tern when the command has to be built: one process builds, others wait for it, and only a complete
# build takes the place of the last one.
#
# Uses $home, $target, $dist and tern_is_stale of ./tern.

# Takes the lock: a link, because making one is atomic, to the id of the process that holds it.
tern_lock() {
  tern_waited=
  until ln -s "$$" "$lock" 2>/dev/null; do
    tern_owner=$(readlink "$lock") || continue
    if ! kill -0 "$tern_owner" 2>/dev/null; then
      # Its owner is gone. Renaming is atomic too: of several that wait, one takes the dead lock away.
      mv "$lock" "$lock.$$" 2>/dev/null && rm -f "$lock.$$"
    else
      [ -n "$tern_waited" ] || echo "Waiting for process $tern_owner, which is building Tern." >&2
      tern_waited=yes
      sleep 0.2
    fi
  done
}

tern_build() {
  if ! mkdir -p "$target" 2>/dev/null || ! [ -w "$target" ]; then
    echo "Tern has to be built, but $target cannot be written to: allow that, or run ./tern once as its owner." >&2
    return 1
  fi
  lock=$target/launch.lock
  fresh=$target/launch.new
  log=$target/build.log
  tern_lock
  trap 'rm -f "$lock"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # Somebody else may have built while this process waited.
  if tern_is_stale; then
    tern_build_locked || return 1
  fi
  rm -f "$lock"
  trap - EXIT HUP INT TERM
}

tern_build_locked() {
  if [ -f "$dist/built" ]; then
    echo "Building Tern, because its sources have changed." >&2
  else
    echo "Building Tern; this happens once and takes a minute or two." >&2
  fi
  rm -rf "$fresh" "$dist.old"
  mkdir "$fresh"
  # From before the build, so that what changes meanwhile counts as newer.
  touch "$fresh/built"
  if ! "$home/mvnw" -f "$home/pom.xml" -B -pl tern-cli -am -DskipTests -Dtern.dist="$fresh" package >"$log" 2>&1; then
    # Maven's complaints up to the general advice that follows an empty one.
    sed -n -e '/^\[ERROR\] *$/q' -e '/^\[ERROR\]/p' "$log" >&2
    echo "Building Tern failed; the whole log is in $log" >&2
    rm -rf "$fresh"
    return 1
  fi
  [ ! -d "$dist" ] || mv "$dist" "$dist.old"
  mv "$fresh" "$dist"
  rm -rf "$dist.old"
}
