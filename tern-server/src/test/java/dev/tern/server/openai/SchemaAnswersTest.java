package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import dev.tern.BatchOptions;
import dev.tern.server.Client;
import dev.tern.server.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Answers of a model with random weights, which says whatever a schema lets it, held against that
/// schema by a validator of other people.
@Timeout(300)
class SchemaAnswersTest {
  private static final int SEEDS = 50;
  private static final int AT_ONCE = 16;
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          registry ->
              registry.schemaRegistryConfig(
                  SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

  /// Bounded, so that the longest answers fit the context. Single quotes stand for double ones.
  private static final List<String> SCHEMAS =
      List.of(
          "{'type': 'boolean'}",
          "{'type': 'null'}",
          "{'type': 'integer', 'minimum': -5, 'maximum': 120}",
          "{'type': 'integer', 'exclusiveMinimum': 9, 'exclusiveMaximum': 1000}",
          "{'type': 'number', 'minimum': -1, 'maximum': 1}",
          "{'type': 'number', 'exclusiveMinimum': 0, 'maximum': 20}",
          "{'type': ['boolean', 'null']}",
          "{'type': 'string', 'maxLength': 12}",
          "{'type': 'string', 'minLength': 3, 'maxLength': 5}",
          "{'type': 'string', 'pattern': '^[A-Z]{2}-[0-9]{1,4}$'}",
          "{'type': 'string', 'format': 'date'}",
          "{'type': 'string', 'format': 'date-time'}",
          "{'type': 'string', 'format': 'uuid'}",
          "{'enum': ['red', 'gr\\u00fcn', 7, null, [1, {'a': false}]]}",
          "{'const': {'a': [1, 'two', true]}}",
          "{'type': 'array', 'items': {'type': 'integer', 'minimum': 0, 'maximum': 9}, 'minItems':"
              + " 1, 'maxItems': 4}",
          "{'type': 'array', 'prefixItems': [{'type': 'boolean'}, {'enum': ['a', 'b']}],"
              + " 'minItems': 2, 'items': false}",
          "{'type': 'object', 'properties': {'name': {'type': 'string', 'maxLength': 6}, 'age':"
              + " {'type': 'integer', 'minimum': 0, 'maximum': 99}}, 'required': ['name'],"
              + " 'additionalProperties': false}",
          "{'anyOf': [{'type': 'object', 'properties': {'ok': {'const': true}}, 'required':"
              + " ['ok']}, {'type': 'string', 'maxLength': 3}]}",
          "{'$defs': {'spot': {'type': 'array', 'items': {'type': 'integer', 'minimum': -9,"
              + " 'maximum': 9}, 'minItems': 2, 'maxItems': 2}}, 'type': 'object', 'properties':"
              + " {'from': {'$ref': '#/$defs/spot'}, 'to': {'$ref': '#/$defs/spot'}}, 'required':"
              + " ['from', 'to']}");

  @Test
  void everyAnswerFitsItsSchema() throws Exception {
    BatchOptions batch = BatchOptions.defaults().withMaxRunning(AT_ONCE);
    try (TestServer server = TestServer.startFast(batch);
        Client client = new Client(server);
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<String>> found = new ArrayList<>();
      for (String schema : SCHEMAS) {
        Schema validator = REGISTRY.getSchema(STRICT.readTree(schema.replace('\'', '"')));
        for (int seed = 0; seed < SEEDS; seed++) {
          int each = seed;
          found.add(threads.submit(() -> fault(client, schema, validator, each)));
        }
      }
      List<String> faults = new ArrayList<>();
      for (Future<String> each : found) {
        if (!each.get().isEmpty()) {
          faults.add(each.get());
        }
      }
      assertEquals(List.of(), faults);
      assertEquals(1000, found.size());
    }
  }

  /// {@return what is wrong with an answer; empty for nothing}
  private static String fault(Client client, String schema, Schema validator, int seed) {
    JsonNode choice =
        client
            .answer(
                "/v1/chat/completions",
                ("{'messages': [{'role': 'user', 'content': 'x'}], 'temperature': 1, 'seed': %d,"
                        + " 'response_format': {'type': 'json_schema', 'json_schema': {'name': 'x',"
                        + " 'strict': true, 'schema': %s}}}")
                    .formatted(seed, schema))
            .at("/choices/0");
    String text = choice.at("/message/content").asString();
    if (!choice.get("finish_reason").asString().equals("stop")) {
      return "%s: ended by %s: %s".formatted(schema, choice.get("finish_reason"), text);
    }
    var errors = validator.validate(STRICT.readTree(text));
    return errors.isEmpty() ? "" : "%s: %s: %s".formatted(schema, errors, text);
  }
}
