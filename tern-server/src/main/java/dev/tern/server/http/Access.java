package dev.tern.server.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Who may ask: immutable.
///
/// @param apiKeys callers show one of them, `Authorization: Bearer KEY`; empty for anybody
/// @param insecure whether other machines may ask although there are no keys
/// @param corsOrigins pages of other sites that may ask from a browser, such as
///   `https://chat.example.com`
/// @param allowedHosts names by which the server may be asked, besides those of this machine;
///   without any, a server that only this machine reaches takes no others, and one that other
///   machines reach takes all
public record Access(
    Set<String> apiKeys, boolean insecure, Set<String> corsOrigins, Set<String> allowedHosts) {
  private static final Access DEFAULTS = new Access(Set.of(), false, Set.of(), Set.of());
  private static final Pattern ORIGIN = Pattern.compile("https?://[A-Za-z0-9.\\-\\[\\]:]+");

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if a key is blank, an origin is no origin, or a name is no
  ///   name
  public Access {
    apiKeys = Set.copyOf(apiKeys);
    corsOrigins = Set.copyOf(corsOrigins);
    allowedHosts =
        allowedHosts.stream().map(Access::hostName).collect(Collectors.toUnmodifiableSet());
    if (apiKeys.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("an API key is empty");
    }
    for (String origin : corsOrigins) {
      if (!ORIGIN.matcher(origin).matches()) {
        throw new IllegalArgumentException(
            "'%s' is no origin; they look like https://chat.example.com, without a path"
                .formatted(origin));
      }
    }
  }

  private static String hostName(String host) {
    return HostNames.canonical(host)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is no name of a machine; they look like tern.example.com, without a port"
                    .formatted(host)));
  }

  /// {@return this machine may ask, no pages of other sites}
  public static Access defaults() {
    return DEFAULTS;
  }

  /// {@return the same with other keys}
  ///
  /// @param value none of them blank
  public Access withApiKeys(Set<String> value) {
    return new Access(value, insecure, corsOrigins, allowedHosts);
  }

  /// {@return the same, with other machines allowed without keys or not}
  ///
  /// @param value whether they are
  public Access withInsecure(boolean value) {
    return new Access(apiKeys, value, corsOrigins, allowedHosts);
  }

  /// {@return the same with other origins}
  ///
  /// @param value such as `https://chat.example.com`
  public Access withCorsOrigins(Set<String> value) {
    return new Access(apiKeys, insecure, value, allowedHosts);
  }

  /// {@return the same with other names of the server}
  ///
  /// @param value such as `tern.example.com`, without a port
  public Access withAllowedHosts(Set<String> value) {
    return new Access(apiKeys, insecure, corsOrigins, value);
  }

  /// {@return whether nobody but this machine reaches an address}
  ///
  /// @param host a name or number
  /// @throws UnknownHostException if there is no such address
  static boolean isLoopback(String host) throws UnknownHostException {
    return InetAddress.getByName(host).isLoopbackAddress();
  }
}
