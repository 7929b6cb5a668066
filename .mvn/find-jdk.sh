# Sourced by ./mvnw and ./tern: sets JAVA_HOME to a JDK that Tern can run on, or explains what to install.
#
# Tern needs JDK 25.0.3 or newer: earlier 25 builds can move pinned heap arrays (JDK-8377811).
# The version is read from the JDK's own "release" file, so that no java process has to be started to ask for it.

# Prints the JAVA_VERSION of the JDK in $1, nothing when there is no JDK in that folder.
tern_jdk_version() {
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
  while IFS= read -r tern_line || [ -n "$tern_line" ]; do
    case $tern_line in
      JAVA_VERSION=*) tern_line=${tern_line#JAVA_VERSION=\"}; printf '%s\n' "${tern_line%\"*}"; return 0 ;;
    esac
  done < "$1/release"
}

# True when version $1 (25, 25.0.3, 25.0.3.1, 26-ea, ...) is 25.0.3 or newer.
tern_jdk_fits() {
  tern_rest=${1%%[!0-9.]*}
  tern_feature=${tern_rest%%.*}
  case $tern_feature in '' ) return 1 ;; esac
  [ "$tern_feature" -gt 25 ] && return 0
  [ "$tern_feature" -eq 25 ] || return 1
  tern_rest=${tern_rest#"$tern_feature"}; tern_rest=${tern_rest#.}
  tern_interim=${tern_rest%%.*}
  tern_rest=${tern_rest#"$tern_interim"}; tern_rest=${tern_rest#.}
  tern_update=${tern_rest%%.*}
  [ "${tern_interim:-0}" -gt 0 ] || [ "${tern_update:-0}" -ge 3 ]
}

# The home of the java command on the PATH, following links (/usr/bin/java -> .../bin/java).
tern_path_jdk() {
  tern_java=$(command -v java 2>/dev/null) || return 0
  tern_hops=0
  while [ -L "$tern_java" ] && [ "$tern_hops" -lt 20 ]; do
    tern_target=$(readlink "$tern_java") || return 0
    case $tern_target in
      /*) tern_java=$tern_target ;;
      *) tern_java=${tern_java%/*}/$tern_target ;;
    esac
    tern_hops=$((tern_hops + 1))
  done
  tern_bin=${tern_java%/*}
  (cd "$tern_bin/.." 2>/dev/null && pwd -P) || return 0
}

# Looks where people and package managers put JDKs. A JDK needs javac only for building ($1 = "jdk").
tern_find_jdk() {
  tern_seen=
  for tern_home in "${JAVA_HOME-}" "$(tern_path_jdk)" \
      /usr/lib/jvm/*25* /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
      /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
      /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
      "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* "${HOME-}"/.jbang/cache/jdks/*; do
    [ -n "$tern_home" ] || continue
    tern_version=$(tern_jdk_version "$tern_home")
    [ -n "$tern_version" ] || continue
    if tern_jdk_fits "$tern_version" && { [ "$1" != jdk ] || [ -x "$tern_home/bin/javac" ]; }; then
      JAVA_HOME=$tern_home
      export JAVA_HOME
      return 0
    fi
    tern_seen="$tern_seen $tern_version"
  done
  tern_found="found no JDK"
  [ -z "$tern_seen" ] || tern_found="found only$tern_seen"
  echo "Tern needs JDK 25.0.3 or newer and $tern_found:" \
    "install one, for example Temurin 25 from https://adoptium.net, or set JAVA_HOME to its folder." >&2
  return 1
}
