package dev.tern.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// An answer, after redirects. Closing it gives the connection up where its body was not read to
/// the end.
///
/// @param uri who answered
/// @param status the status
/// @param headers the headers
/// @param linkedTag what the hub, on the way here, called the tag of the file (`X-Linked-Etag`)
/// @param body what follows
record HubResponse(
    URI uri, int status, HttpHeaders headers, Optional<String> linkedTag, ResponseBody body)
    implements AutoCloseable {
  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  OptionalLong contentLength() {
    try {
      return headers.firstValueAsLong("Content-Length");
    } catch (NumberFormatException _) {
      return OptionalLong.empty();
    }
  }

  /// {@return the tag of a header, without quotes and without the mark of weak ones}
  static String bareTag(String tag) {
    String bare = tag.strip();
    bare = bare.startsWith("W/") ? bare.substring(2) : bare;
    return bare.length() >= 2 && bare.startsWith("\"") && bare.endsWith("\"")
        ? bare.substring(1, bare.length() - 1)
        : bare;
  }

  /// {@return the whole body}
  ///
  /// @param limit how long it may be
  /// @param timeout how long the server may be silent
  byte[] readAll(int limit, Duration timeout) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      Optional<List<ByteBuffer>> buffers = body.next(timeout);
      if (buffers.isEmpty()) {
        return all.toByteArray();
      }
      for (ByteBuffer buffer : buffers.get()) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        all.writeBytes(bytes);
        if (all.size() > limit) {
          throw new HubException(
              HubException.Reason.PROTOCOL,
              "%s answers with more than %s where a list was asked for"
                  .formatted(uri.getHost(), Sizes.format(limit)));
        }
      }
    }
  }

  @Override
  public void close() {
    body.close();
  }
}
