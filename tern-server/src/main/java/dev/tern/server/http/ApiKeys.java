package dev.tern.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.server.api.ApiException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The keys that callers may show. How long a wrong one is looked at says nothing of the right
/// ones: digests are compared, each to its end, and all of them. Immutable.
final class ApiKeys {
  private static final String BEARER = "bearer ";

  private final List<byte[]> digests;

  ApiKeys(Set<String> keys) {
    this.digests = keys.stream().map(ApiKeys::digest).toList();
  }

  /// Refuses callers that show no key.
  ///
  /// @param authorization the header of that name
  /// @throws ApiException if there are keys and this is none of them
  void check(Optional<String> authorization) {
    if (digests.isEmpty()) {
      return;
    }
    String header = authorization.orElse("");
    if (!header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw refusal("an API key is needed: send 'Authorization: Bearer KEY'");
    }
    if (!contains(header.substring(BEARER.length()).strip())) {
      throw refusal("the API key is not valid");
    }
  }

  private boolean contains(String key) {
    byte[] shown = digest(key);
    boolean found = false;
    for (byte[] known : digests) {
      found |= MessageDigest.isEqual(known, shown);
    }
    return found;
  }

  private static ApiException refusal(String message) {
    return ApiException.of(401, "authentication_error", "invalid_api_key", message);
  }

  private static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every JVM has SHA-256", missing);
    }
  }
}
