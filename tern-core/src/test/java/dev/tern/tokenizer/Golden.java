package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.tern.json.Json;
import dev.tern.json.JsonView;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;

/// The small files that other implementations made; `make_golden.py` beside them says how.
final class Golden {
  private Golden() {}

  static Path file(String name) {
    URL url = Golden.class.getResource(name);
    assertNotNull(url, name);
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  static JsonView json(String name) throws IOException {
    return Json.read(file(name));
  }

  static int[] ids(JsonView list) {
    return list.elements().stream().mapToInt(JsonView::integer).toArray();
  }
}
