package dev.tern.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The few questions that Tern asks a hub.
final class HubApi {
  private static final int LONGEST_LISTING = 32 << 20;

  private final HubOptions options;
  private final HubClient client;
  private final Refusals refusals;

  HubApi(HubOptions options, HubClient client) {
    this.options = options;
    this.client = client;
    this.refusals = new Refusals(options);
  }

  /// {@return what the hub says of a repository}
  RepositoryListing listing(ModelReference reference, Retries retries) throws IOException {
    URI uri =
        URI.create(
            "%s/api/models/%s/revision/%s?blobs=true"
                .formatted(
                    options.endpoint(), reference.repository(), encode(reference.revision())));
    byte[] json =
        retries.run(
            "asking for " + reference.repository(),
            () -> {
              try (HubResponse answer = client.send("GET", uri, Map.of())) {
                if (answer.status() != 200) {
                  throw refusals.of(answer, reference);
                }
                return answer.readAll(LONGEST_LISTING, options.timeout());
              }
            });
    return RepositoryListing.read(json, reference.repository());
  }

  /// {@return size and checksum of a file, asked for by themselves because the listing lacks them}
  RemoteFile describe(ModelReference pinned, String name, Retries retries) throws IOException {
    URI uri = address(pinned, name);
    return retries.run(
        "asking for " + name,
        () -> {
          try (HubResponse answer = client.send("HEAD", uri, Map.of())) {
            if (answer.status() != 200) {
              throw refusals.of(answer, pinned);
            }
            Optional<Checksum> checksum =
                answer
                    .linkedTag()
                    .or(() -> answer.header("ETag").map(HubResponse::bareTag))
                    .flatMap(Checksum::of);
            long size = answer.contentLength().orElse(-1);
            if (checksum.isEmpty() || size < 0) {
              throw new HubException(
                  HubException.Reason.PROTOCOL,
                  "the hub gives no size and checksum for %s of %s, so that a download could not be checked"
                      .formatted(name, pinned.repository()));
            }
            return new RemoteFile(name, size, checksum.get());
          }
        });
  }

  /// {@return where a file is to be fetched}
  URI address(ModelReference pinned, String name) {
    String path =
        Arrays.stream(name.split("/")).map(HubApi::encode).collect(Collectors.joining("/"));
    return URI.create(
        "%s/%s/resolve/%s/%s"
            .formatted(options.endpoint(), pinned.repository(), encode(pinned.revision()), path));
  }

  IOException refusal(HubResponse answer, ModelReference what) {
    return refusals.of(answer, what);
  }

  private static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
