package dev.tern.server.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;

/// An answer that is not JSON of the protocol: a page, a script, a list of metrics. Immutable, as
/// long as nobody writes into its bytes, which are not copied.
public final class Document {
  private final String contentType;
  private final byte[] bytes;
  private final Map<String, String> headers;

  /// Makes a document.
  ///
  /// @param contentType for example `text/html; charset=utf-8`
  /// @param bytes the whole answer
  /// @param headers what else browsers are told, by name
  public Document(String contentType, byte[] bytes, Map<String, String> headers) {
    this.contentType = contentType;
    this.bytes = bytes;
    this.headers = Map.copyOf(headers);
  }

  /// {@return a document in UTF-8}
  ///
  /// @param contentType with `charset=utf-8`
  /// @param text the whole answer
  public static Document of(String contentType, String text) {
    return new Document(contentType, text.getBytes(UTF_8), Map.of());
  }

  /// {@return its type, for example `text/html; charset=utf-8`}
  public String contentType() {
    return contentType;
  }

  /// {@return the whole answer}
  public byte[] bytes() {
    return bytes;
  }

  /// {@return what else browsers are told, by name}
  public Map<String, String> headers() {
    return headers;
  }
}
