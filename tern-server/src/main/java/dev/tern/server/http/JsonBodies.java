package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.ClientGoneException;
import io.helidon.common.media.type.MediaType;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Reads the bodies of requests: strict JSON, of bounded size and depth, as it arrives and without
/// a copy. Safe for use by many threads.
final class JsonBodies {
  private static final System.Logger LOGGER = System.getLogger("dev.tern.server");

  /// A body of small values takes many times its size as a tree.
  private static final long MOST_TOKENS = 1_000_000;

  private static final int LONGEST_NUMBER = 100;

  private final int maxBytes;
  private final JsonMapper mapper;

  JsonBodies(int maxBytes, int maxDepth) {
    this.maxBytes = maxBytes;
    this.mapper =
        JsonMapper.builder(
                JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                        StreamReadConstraints.builder()
                            .maxNestingDepth(maxDepth)
                            .maxStringLength(maxBytes)
                            .maxNumberLength(LONGEST_NUMBER)
                            .maxTokenCount(MOST_TOKENS)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
  }

  JsonMapper mapper() {
    return mapper;
  }

  /// {@return the body, an object}
  ///
  /// @param request its body has not been read
  /// @throws ApiException if it is too large or no JSON object
  ObjectNode read(ServerRequest request) {
    boolean json =
        request
            .headers()
            .contentType()
            .map(type -> type.mediaType())
            .map(MediaType::text)
            .filter("application/json"::equalsIgnoreCase)
            .isPresent();
    if (!json) {
      throw ApiException.of(
          415,
          "invalid_request_error",
          "unsupported_content_type",
          "the body must be JSON: send 'Content-Type: application/json'");
    }
    if (request.headers().contentLength().orElse(0) > maxBytes) {
      throw tooLarge();
    }
    if (!request.content().hasEntity()) {
      throw invalid("the request has no body; send a JSON object");
    }
    return read(request.content().inputStream());
  }

  /// {@return the body, an object}
  ///
  /// @param content its bytes
  /// @throws ApiException if it is too large or no JSON object
  ObjectNode read(InputStream content) {
    try (InputStream bounded = new Bounded(content)) {
      JsonNode body = mapper.readTree(bounded);
      if (body instanceof ObjectNode object) {
        return object;
      }
      throw invalid(
          "the body must be a JSON object, not %s"
              .formatted(body.getNodeType().name().toLowerCase(Locale.ROOT)));
    } catch (JacksonException wrong) {
      throw invalid("the body is not valid JSON: " + wrong.getOriginalMessage());
    } catch (ApiException | ClientGoneException | CloseConnectionException over) {
      throw over;
    } catch (IOException | RuntimeException broken) {
      // Helidon has no one exception for bodies that end too soon or whose chunks are malformed.
      LOGGER.log(System.Logger.Level.DEBUG, "a body could not be read", broken);
      throw invalid("the body could not be read to its end");
    }
  }

  private ApiException tooLarge() {
    return ApiException.of(
        413,
        "invalid_request_error",
        "request_too_large",
        "the body has more than the %d bytes that are allowed".formatted(maxBytes));
  }

  private static ApiException invalid(String message) {
    return ApiException.of(400, "invalid_request_error", "invalid_json", message);
  }

  /// Ends in a refusal after too many bytes.
  private final class Bounded extends FilterInputStream {
    private long left = maxBytes;

    Bounded(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      count(value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int read = in.read(bytes, from, length);
      count(read);
      return read;
    }

    private void count(int read) {
      left -= Math.max(0, read);
      if (left < 0) {
        throw tooLarge();
      }
    }
  }
}
