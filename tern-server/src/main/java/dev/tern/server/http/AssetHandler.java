package dev.tern.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// Answers with a file, or with 304 where the browser has it already. What a page that is loaded
/// here may do is said in its headers: use its own files and this server, and nothing else.
final class AssetHandler implements Handler {
  private static final int TAG_BYTES = 12;

  private static final List<Header> ALWAYS =
      List.of(
          HeaderValues.create(
              "Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                  + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                  + " frame-ancestors 'none'; require-trusted-types-for 'script';"
                  + " trusted-types 'none'"),
          HeaderValues.create("X-Content-Type-Options", "nosniff"),
          HeaderValues.create("X-Frame-Options", "DENY"),
          HeaderValues.create("Referrer-Policy", "no-referrer"),
          HeaderValues.create("Cross-Origin-Opener-Policy", "same-origin"),
          HeaderValues.create("Cross-Origin-Resource-Policy", "same-origin"),
          // Kept, but asked for each time: a new version of the server has a new page at once.
          HeaderValues.create("Cache-Control", "no-cache"));

  private final Asset asset;
  private final String tag;

  AssetHandler(Asset asset) {
    this.asset = asset;
    this.tag = tag(asset.content());
  }

  private static String tag(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return '"' + HexFormat.of().formatHex(digest, 0, TAG_BYTES) + '"';
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-256", impossible);
    }
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    ALWAYS.forEach(response::header);
    response.header(HeaderNames.ETAG, tag);
    if (isKnown(request)) {
      response.status(Status.NOT_MODIFIED_304).send();
      return;
    }
    response.header(HeaderNames.CONTENT_TYPE, asset.contentType());
    if (request.prologue().method().equals(Method.HEAD)) {
      response.header(HeaderNames.CONTENT_LENGTH, Integer.toString(asset.content().length)).send();
    } else {
      response.send(asset.content());
    }
  }

  /// `If-None-Match` compares weakly: what a proxy has packed on its way counts as the same.
  private boolean isKnown(ServerRequest request) {
    if (!request.headers().contains(HeaderNames.IF_NONE_MATCH)) {
      return false;
    }
    for (String known : request.headers().get(HeaderNames.IF_NONE_MATCH).allValues(true)) {
      String plain = known.startsWith("W/") ? known.substring(2) : known;
      if (plain.equals(tag) || plain.equals("*")) {
        return true;
      }
    }
    return false;
  }
}
