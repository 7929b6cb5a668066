package dev.tern.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  private static JsonView parse(String text) {
    return Json.parse("test.json", text.getBytes(UTF_8));
  }

  private static String refusal(String text) {
    return assertThrows(ModelFormatException.class, () -> parse(text)).getMessage();
  }

  @Test
  void readsEveryKindOfValue() {
    JsonView root =
        parse(
            """
            {"object": {}, "array": [1, [], "x"], "string": "naïve 🦙", "integer": -12,
             "real": 1.5e3, "yes": true, "no": false, "nothing": null}
            """);
    assertTrue(root.get("object").members().isEmpty());
    assertEquals(3, root.get("array").elements().size());
    assertEquals(1, root.get("array").elements().getFirst().integer());
    assertEquals("naïve 🦙", root.get("string").string());
    assertEquals(-12, root.get("integer").longInteger());
    assertEquals(1500.0, root.get("real").real());
    assertEquals(new JsonValue.Numeral("1.5e3".getBytes(UTF_8), 0, 5), root.get("real").value());
    assertTrue(root.get("yes").bool());
    assertFalse(root.get("no").bool());
    assertEquals(JsonValue.Null.NULL, root.get("nothing").value());
    assertTrue(root.find("nothing").isEmpty());
    assertTrue(root.find("absent").isEmpty());
  }

  @Test
  void undoesEveryEscape() {
    assertEquals(
        "\"\\/\b\f\n\r\tA\u00e9\ud83e\udd99 x",
        parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00E9\\ud83E\\udd99 x\"").string());
    assertEquals("é\nü", parse("\"é\\nü\"").string());
  }

  @Test
  void handsStringsOutAsBytesToo() {
    for (String json : new String[] {"\"é🦙\"", "\"\\u00e9\\ud83e\\udd99\""}) {
      JsonValue.Text text = (JsonValue.Text) parse("[0, " + json + "]").elements().get(1).value();
      byte[] target = new byte[8];
      assertEquals(6, text.utf8Length());
      assertEquals(7, text.copyUtf8(target, 1));
      assertEquals("é🦙", new String(target, 1, 6, UTF_8));
      assertEquals(parse("\"é🦙\"").value(), text);
      assertEquals(parse("\"é🦙\"").value().hashCode(), text.hashCode());
      assertEquals("é🦙", text.toString());
    }
  }

  @Test
  void keepsTheLastValueOfARepeatedName() {
    JsonView root = parse("{\"a\": 1, \"b\": 2, \"a\": 3}");
    assertEquals(3, root.get("a").integer());
    assertEquals(List.of("a", "b"), List.copyOf(root.members().keySet()));
  }

  @Test
  void saysWhereAndWhatItFound() {
    assertEquals(
        "test.json: at byte 8 (line 2, column 6): expected a value, found '}'",
        refusal("{\n\"é\": }"));
    assertEquals(
        "test.json: at byte 0 (line 1, column 1): expected a value, but the file ends",
        refusal(""));
    assertTrue(refusal("{\"a\" 1}").contains("expected ':', found '1'"));
    assertTrue(refusal("[1 2]").contains("expected ',' or ']', found '2'"));
    assertTrue(refusal("\"a\tb\"").contains("a control character (09) must be escaped"));
    assertTrue(refusal("[\"abc").contains("the string that begins at byte 1 does not end"));
    assertTrue(refusal("\"\\ud83e\"").contains("half a surrogate pair"));
    assertTrue(refusal("1 1").contains("expected the end of the file"));
  }

  @Test
  void namesThePlaceOfAValueOfTheWrongKind() {
    JsonView root = parse("{\"model\": {\"merges\": [\"a b\", 7], \"big\": 3000000000}}");
    JsonView merges = root.get("model").get("merges");
    assertEquals(
        "test.json: model.merges[1] should be a string, but is the number 7",
        assertThrows(ModelFormatException.class, () -> merges.elements().get(1).string())
            .getMessage());
    assertEquals(
        "test.json: model.vocab is missing",
        assertThrows(ModelFormatException.class, () -> root.get("model").get("vocab"))
            .getMessage());
    assertEquals(
        "test.json: model.big should be an integer of 32 bits, but is the number 3000000000",
        assertThrows(ModelFormatException.class, () -> root.get("model").get("big").integer())
            .getMessage());
    assertEquals(
        "test.json: the file should be an array, but is an object",
        assertThrows(ModelFormatException.class, root::elements).getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"string", "bool", "members", "elements"})
  void refusesToReadANumberAsSomethingElse(String accessor) {
    JsonView number = parse("1");
    assertThrows(
        ModelFormatException.class,
        () -> {
          switch (accessor) {
            case "string" -> number.string();
            case "bool" -> number.bool();
            case "members" -> number.members();
            default -> number.elements();
          }
        });
  }

  @Test
  void refusesNumbersThatDoNotFit() {
    assertThrows(ModelFormatException.class, () -> parse("1e400").real());
    assertThrows(ModelFormatException.class, () -> parse("1.0").integer());
    assertThrows(ModelFormatException.class, () -> parse("9223372036854775808").longInteger());
    assertThrows(ModelFormatException.class, () -> parse("true").longInteger());
    assertThrows(ModelFormatException.class, () -> parse("null").real());
    assertEquals(Long.MIN_VALUE, parse("-9223372036854775808").longInteger());
    assertEquals(0.0, parse("1e-400").real());
  }

  @Test
  void refusesBytesThatAreNotUtf8WithTheirPlace() {
    byte[] overlong = {'"', (byte) 0xC0, (byte) 0x80, '"'};
    String message =
        assertThrows(ModelFormatException.class, () -> Json.parse("x.json", overlong)).getMessage();
    assertEquals("x.json: at byte 1 (line 1, column 2): the bytes here are not UTF-8", message);
  }

  @Test
  void agreesWithTheJdkOnWhichBytesAreUtf8() {
    Random random = new Random(7);
    for (int round = 0; round < 200_000; round++) {
      byte[] bytes = new byte[1 + random.nextInt(5)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] =
            (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : 0x80 + random.nextInt(128));
      }
      boolean malformed = new String(bytes, UTF_8).indexOf('\uFFFD') >= 0;
      assertEquals(malformed, Utf8.firstMalformed(bytes) >= 0);
    }
  }

  @Test
  void refusesEveryPrefixOfAValidFile() {
    String text = "{\"a\": [1.5e+3, true, null, \"x\\u0041\\n\"], \"é\": {\"b\": -0}}";
    byte[] whole = text.getBytes(UTF_8);
    for (int length = 0; length < whole.length; length++) {
      byte[] prefix = java.util.Arrays.copyOf(whole, length);
      assertThrows(ModelFormatException.class, () -> Json.parse("prefix.json", prefix));
    }
  }

  @Test
  void survivesAnyChangeOfOneByte() {
    byte[] whole = "{\"a\": [1.5e+3, true, \"x\\u0041\"], \"é\": -0}".getBytes(UTF_8);
    for (int i = 0; i < whole.length; i++) {
      for (int octet = 0; octet < 256; octet++) {
        byte[] changed = whole.clone();
        changed[i] = (byte) octet;
        try {
          Json.parse("changed.json", changed);
        } catch (ModelFormatException expected) {
          assertFalse(expected.getMessage().isEmpty());
        }
      }
    }
  }

  @Test
  void refusesNestingThatWouldExhaustTheStack() {
    assertInstanceOf(JsonValue.Elements.class, parse("[".repeat(512) + "]".repeat(512)).value());
    assertTrue(refusal("[".repeat(513)).contains("nested more than 512 deep"));
    assertTrue(refusal("{\"a\":".repeat(1_000_000)).contains("nested more than 512 deep"));
  }

  @TestFactory
  Stream<DynamicTest> agreesWithTheParsingSuite() throws IOException {
    Path folder = TestData.require("malformed/json");
    List<Path> files = new ArrayList<>();
    try (Stream<Path> list = Files.list(folder)) {
      list.filter(file -> file.getFileName().toString().endsWith(".json"))
          .sorted()
          .forEach(files::add);
    }
    assertTrue(files.size() > 300);
    return files.stream()
        .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
  }

  private static void check(Path file) throws IOException {
    String name = file.getFileName().toString();
    if (name.startsWith("y_")) {
      Json.read(file);
    } else if (name.startsWith("n_")) {
      assertThrows(ModelFormatException.class, () -> Json.read(file));
    } else {
      try {
        Json.read(file);
      } catch (ModelFormatException permitted) {
        assertFalse(permitted.getMessage().isEmpty());
      }
    }
  }

  @Test
  void readsLatin1NamesAndValuesWithoutMixingThemUpWithUtf8() {
    String text =
        "{\"" + new String(new byte[] {(byte) 0xC3, (byte) 0xA9}, ISO_8859_1) + "\": \"ÿ\"}";
    assertEquals("ÿ", parse(text).get("Ã©").string());
  }
}
