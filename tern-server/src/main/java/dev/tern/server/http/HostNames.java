package dev.tern.server.http;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Names and numbers of machines, as they stand in addresses.
final class HostNames {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9._])?");
  private static final Pattern BRACKETS = Pattern.compile("\\[([^\\[\\]]*)\\]");

  private HostNames() {}

  /// {@return a name or number without brackets around it}
  ///
  /// @param host any, for example `[::1]`
  static String bare(String host) {
    return BRACKETS.matcher(host).replaceFirst("$1");
  }

  /// {@return the one spelling of a name or number, with brackets around a number of IPv6; empty if
  /// it is neither, or has a port}
  ///
  /// @param host for example `Tern.Example`, `::1` or `[0:0::1]`
  static Optional<String> canonical(String host) {
    String bare = bare(host);
    if (bare.indexOf(':') < 0) {
      return NAME.matcher(host).matches()
          ? Optional.of(host.toLowerCase(Locale.ROOT))
          : Optional.empty();
    }
    try {
      String number = InetAddress.ofLiteral(bare).getHostAddress();
      return Optional.of(number.indexOf(':') < 0 ? number : "[" + number + "]");
    } catch (IllegalArgumentException noNumber) {
      return Optional.empty();
    }
  }
}
