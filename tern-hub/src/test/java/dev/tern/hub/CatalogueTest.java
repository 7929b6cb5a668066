package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CatalogueTest {
  @TempDir Path folder;

  private Catalogue read(String own) throws IOException {
    return Catalogue.read(Files.writeString(folder.resolve("models.ini"), own));
  }

  @Test
  void ternsOwnNamesAreThere() throws IOException {
    Catalogue catalogue = Catalogue.read(folder.resolve("none"));
    assertEquals(
        Optional.of(ModelReference.parse("microsoft/bitnet-b1.58-2B-4T-gguf:ggml-model-i2_s.gguf")),
        catalogue.find("bitnet-2b"));
    assertEquals(Optional.empty(), catalogue.find("bitnet"));
    assertTrue(catalogue.entries().size() >= 15);
    assertTrue(
        catalogue.entries().values().stream().noneMatch(entry -> entry.description().isEmpty()));
  }

  @Test
  void aRevisionAndAFileMayFollowAName() throws IOException {
    Catalogue catalogue = Catalogue.read(folder.resolve("none"));
    assertEquals(
        "microsoft/bitnet-b1.58-2B-4T-gguf@v1:ggml-model-i2_s.gguf",
        catalogue.find("bitnet-2b@v1").orElseThrow().toString());
    assertEquals(
        "microsoft/bitnet-b1.58-2B-4T-gguf:x",
        catalogue.find("bitnet-2b:x").orElseThrow().toString());
  }

  @Test
  void aPersonsNamesAddAndReplace() throws IOException {
    Catalogue catalogue =
        read(
            "# mine\n\n[bitnet-2b]\nmodel=\"a/b:q\"\n; other\n[x.y-1]\nmodel = c/d@v\nlicence = MIT");
    assertEquals("a/b:q", catalogue.find("bitnet-2b").orElseThrow().toString());
    assertEquals("c/d@v", catalogue.find("x.y-1").orElseThrow().toString());
    assertEquals("MIT", catalogue.entries().get("x.y-1").licence());
    assertTrue(catalogue.find("falcon3-1b").isPresent());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model = a/b|line 1: expected [name]",
        "[x]@model = a/b@nonsense|line 3: expected",
        "[x]@modell = a/b|line 2: there is no key 'modell'",
        "[x]@model = a/b@model = a/b|line 3: model is given twice",
        "[x]@[y]@model = a/b|line 1: [x] has no model",
        "[x]@model = nothing|[x]: 'nothing' is not the name of a",
        "[a b]@model = a/b|line 1"
      })
  void mistakesAreNamed(String lines, String message) {
    HubException refusal = assertThrows(HubException.class, () -> read(lines.replace('@', '\n')));
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("models.ini"), refusal.getMessage());
    assertFalse(refusal.getMessage().contains("\n"));
  }
}
