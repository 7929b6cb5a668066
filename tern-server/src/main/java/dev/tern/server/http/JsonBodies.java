package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Reads the bodies of requests: strict JSON, of bounded size and depth. Safe for use by many
/// threads.
final class JsonBodies {
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
                            .maxNumberLength(100)
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
    if (!request.content().hasEntity()) {
      throw invalid("the request has no body; send a JSON object");
    }
    try (InputStream content = request.content().inputStream()) {
      byte[] bytes = content.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw tooLarge();
      }
      JsonNode body = mapper.readTree(bytes);
      if (body instanceof ObjectNode object) {
        return object;
      }
      throw invalid("the body must be a JSON object, not " + body.getNodeType());
    } catch (JacksonException wrong) {
      throw invalid("the body is not valid JSON: " + wrong.getOriginalMessage());
    } catch (IOException broken) {
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
}
