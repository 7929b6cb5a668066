package dev.tern.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.api.ApiException;
import dev.tern.testing.TestData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBodiesTest {
  /// Valid, but two readers could see different values, so such names are refused.
  private static final Set<String> DUPLICATES =
      Set.of("y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json");

  private final JsonBodies bodies = new JsonBodies(1 << 20, 64);

  private String read(byte[] bytes) {
    try {
      return bodies.read(new ByteArrayInputStream(bytes)).toString();
    } catch (ApiException refusal) {
      return refusal.status() + " " + refusal.getMessage();
    }
  }

  /// {@return a text as the value of a name, so that it can be anything}
  private static byte[] wrap(byte[] value) {
    ByteArrayOutputStream object = new ByteArrayOutputStream();
    object.writeBytes("{\"value\":".getBytes(UTF_8));
    object.writeBytes(value);
    object.write('}');
    return object.toByteArray();
  }

  @Test
  void takeWhatIsValidAndRefuseWhatIsNot() throws IOException {
    List<String> wrong = new ArrayList<>();
    try (Stream<Path> files = Files.list(TestData.require("malformed/json"))) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        String name = file.getFileName().toString();
        byte[] bytes = Files.readAllBytes(file);
        String alone = read(bytes);
        boolean object = alone.startsWith("{");
        boolean refused = alone.startsWith("400 ");
        boolean valid = name.startsWith("y_") && !DUPLICATES.contains(name);
        boolean right =
            valid
                ? object || alone.startsWith("400 the body must be a JSON object")
                : !name.startsWith("n_") || refused;
        if (!right || (!object && !refused)) {
          wrong.add(name + ": " + alone);
        }
        if (valid && !read(wrap(bytes)).startsWith("{\"value\":")) {
          wrong.add(name + " as a value: " + read(wrap(bytes)));
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "1", "\"text\"", "null", "true"})
  void refuseWhatIsNoObject(String text) {
    assertTrue(
        read(text.getBytes(UTF_8)).startsWith("400 the body must be a JSON object, not "),
        read(text.getBytes(UTF_8)));
  }

  @Test
  void refuseNamesThatComeTwice() {
    assertTrue(read("{\"a\":1,\"a\":2}".getBytes(UTF_8)).startsWith("400 "));
  }

  @Test
  void refuseWhatIsTooDeep() {
    String deep = "[".repeat(63) + "]".repeat(63);
    assertTrue(read(wrap(deep.getBytes(UTF_8))).startsWith("{"));
    assertTrue(read(wrap(("[" + deep + "]").getBytes(UTF_8))).startsWith("400 "));
    assertTrue(read(wrap("[".repeat(500_000).getBytes(UTF_8))).startsWith("400 "));
  }

  @Test
  void refuseWhatIsTooLargeOrHasTooManyParts() {
    byte[] text = wrap(("\"" + "x".repeat(1 << 20) + "\"").getBytes(UTF_8));
    ApiException refusal =
        assertThrows(ApiException.class, () -> bodies.read(new ByteArrayInputStream(text)));
    assertEquals(413, refusal.status());
    JsonBodies large = new JsonBodies(8 << 20, 64);
    byte[] parts = wrap(("[" + "1,".repeat(1_000_001) + "1]").getBytes(UTF_8));
    assertThrows(ApiException.class, () -> large.read(new ByteArrayInputStream(parts)));
  }

  @Test
  void refuseNumbersThatTakeLongToRead() {
    assertTrue(read(wrap("1".repeat(100_000).getBytes(UTF_8))).startsWith("400 "));
  }

  @Test
  void areRefusedByTheirTypeAndLength() throws IOException {
    HttpOptions options =
        HttpOptions.defaults().withLimits(new HttpOptions.Limits(100, 16_000, 4000, 64, 100));
    String head = "POST /echo HTTP/1.1\r\nHost: localhost\r\n";
    try (Served served = Served.with(options)) {
      assertEquals(415, status(served, head + "Content-Length: 2\r\n\r\n{}"));
      assertEquals(
          415, status(served, head + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"));
      String json = head + "Content-Type: Application/JSON; charset=utf-8\r\n";
      assertEquals(200, status(served, json + "Content-Length: 2\r\n\r\n{}"));
      assertEquals(
          200, status(served, json + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"));
      assertEquals(400, status(served, json + "Content-Length: 0\r\n\r\n"));
      assertEquals(413, status(served, json + "Content-Length: 101\r\n\r\n"));
      String chunk = "3c\r\n" + " ".repeat(60) + "\r\n";
      assertEquals(
          413,
          status(
              served, json + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n"));
    }
  }

  private static int status(Served served, String request) throws IOException {
    try (RawClient client = served.client().send(request)) {
      return client.answer().status();
    }
  }
}
