package dev.tern.hub;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Proxies as the environment variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`
/// name them, in either case.
final class EnvironmentProxies extends ProxySelector {
  private final Map<String, Optional<URI>> proxies;
  private final List<String> exceptions;

  private EnvironmentProxies(Map<String, Optional<URI>> proxies, List<String> exceptions) {
    this.proxies = proxies;
    this.exceptions = exceptions;
  }

  /// {@return what decides about proxies: Java's properties where they name one, else the
  /// environment}
  ///
  /// @throws IllegalArgumentException if a variable names no proxy that can be used
  static ProxySelector of(Map<String, String> environment) {
    boolean named =
        Stream.of("http.proxyHost", "https.proxyHost", "socksProxyHost")
            .anyMatch(property -> System.getProperty(property) != null);
    Map<String, Optional<URI>> proxies =
        Map.of(
            "http", proxy(environment, "HTTP_PROXY"), "https", proxy(environment, "HTTPS_PROXY"));
    ProxySelector standard = ProxySelector.getDefault();
    if (standard != null && (named || proxies.values().stream().allMatch(Optional::isEmpty))) {
      return standard;
    }
    String exceptions = variable(environment, "NO_PROXY").orElse("");
    return new EnvironmentProxies(
        proxies,
        Arrays.stream(exceptions.split(",", -1))
            .map(entry -> entry.strip().toLowerCase(Locale.ROOT))
            .filter(entry -> !entry.isEmpty())
            .toList());
  }

  private static Optional<String> variable(Map<String, String> environment, String name) {
    return Stream.of(name.toLowerCase(Locale.ROOT), name)
        .map(environment::get)
        .filter(Objects::nonNull)
        .filter(value -> !value.isBlank())
        .findFirst();
  }

  private static Optional<URI> proxy(Map<String, String> environment, String name) {
    return variable(environment, name)
        .or(() -> variable(environment, "ALL_PROXY"))
        .map(value -> address(name, value));
  }

  private static URI address(String name, String value) {
    try {
      URI address = new URI(value.contains("://") ? value : "http://" + value);
      if ("http".equals(address.getScheme()) && address.getHost() != null) {
        return address;
      }
    } catch (java.net.URISyntaxException _) {
      // Reported below, like an address of another kind. It is not shown: it may hold a password.
    }
    throw new IllegalArgumentException(
        "%s names no proxy that can be used: it must look like http://host:port".formatted(name));
  }

  @Override
  public List<Proxy> select(URI target) {
    Optional<URI> proxy =
        proxies.getOrDefault(String.valueOf(target.getScheme()), Optional.empty());
    return List.of(
        proxy
            .filter(_ -> !isExcepted(target))
            .map(address ->
                new Proxy(
                    Proxy.Type.HTTP,
                    InetSocketAddress.createUnresolved(address.getHost(), port(address))))
            .orElse(Proxy.NO_PROXY));
  }

  private static int port(URI address) {
    return address.getPort() < 0 ? 80 : address.getPort();
  }

  /// Names except themselves and what is below them; a leading point or `*.` makes no difference.
  private boolean isExcepted(URI target) {
    String host = String.valueOf(target.getHost()).toLowerCase(Locale.ROOT);
    return exceptions.stream()
        .anyMatch(entry -> {
          if (entry.equals("*")
              || entry.equals(host)
              || entry.equals(host + ":" + target.getPort())) {
            return true;
          }
          String domain = entry.startsWith("*") ? entry.substring(1) : entry;
          return host.endsWith(domain.startsWith(".") ? domain : "." + domain);
        });
  }

  /// {@return what answers a proxy that wants a name and a password, if one of them has those in
  /// its address}
  Optional<Authenticator> authenticator() {
    boolean needed =
        proxies.values().stream()
            .flatMap(Optional::stream)
            .anyMatch(a -> a.getRawUserInfo() != null);
    return needed ? Optional.of(new ProxyPasswords()) : Optional.empty();
  }

  private final class ProxyPasswords extends Authenticator {
    @Override
    protected @Nullable PasswordAuthentication getPasswordAuthentication() {
      if (getRequestorType() != RequestorType.PROXY) {
        return null;
      }
      return proxies.values().stream()
          .flatMap(Optional::stream)
          .filter(a -> a.getRawUserInfo() != null)
          .filter(a -> a.getHost().equalsIgnoreCase(getRequestingHost()))
          .filter(a -> port(a) == getRequestingPort())
          .findFirst()
          .map(EnvironmentProxies::password)
          .orElse(null);
    }
  }

  private static PasswordAuthentication password(URI address) {
    String[] parts = address.getRawUserInfo().split(":", 2);
    String password = parts.length == 2 ? decode(parts[1]) : "";
    return new PasswordAuthentication(decode(parts[0]), password.toCharArray());
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  @Override
  public void connectFailed(URI target, SocketAddress address, IOException failure) {
    // The request itself fails, and says so.
  }
}
