package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// What OpenAI has published of the shapes of its answers.
final class PublishedSchemas {
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private final ObjectNode schemas;

  private PublishedSchemas(ObjectNode schemas) {
    this.schemas = schemas;
  }

  /// Reads them, or skips the running test where they are absent.
  static PublishedSchemas read() throws IOException {
    // Blank lines with spaces in them, which the description has, are no valid YAML.
    String yaml =
        Files.readString(TestData.require("openai/openapi.yaml"))
            .lines()
            .map(line -> line.isBlank() ? "" : line)
            .collect(Collectors.joining("\n"));
    JsonNode description = new YAMLMapper().readTree(yaml);
    JsonNode schemas = description.at("/components/schemas");
    allowNull(schemas);
    return new PublishedSchemas((ObjectNode) schemas);
  }

  /// `nullable` is a word of older descriptions that JSON schema does not know.
  private static void allowNull(JsonNode node) {
    node.forEach(PublishedSchemas::allowNull);
    if (node instanceof ObjectNode object && object.path("nullable").asBoolean(false)) {
      object.remove("nullable");
      ObjectNode bare = object.deepCopy();
      object.removeAll();
      ArrayNode either = object.putArray("anyOf");
      either.add(bare);
      either.addObject().put("type", "null");
    }
  }

  /// Requires that a value has a published shape.
  ///
  /// @param name the shape's
  /// @param value what the server has sent
  void assertValid(String name, JsonNode value) {
    ObjectNode schema = schemas.objectNode().put("$ref", "#/components/schemas/" + name);
    schema.putObject("components").set("schemas", schemas);
    List<Error> errors = REGISTRY.getSchema(schema).validate(value);
    assertEquals(List.of(), errors, () -> name + ": " + value);
  }
}
