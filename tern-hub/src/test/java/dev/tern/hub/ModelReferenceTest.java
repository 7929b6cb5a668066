package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelReferenceTest {
  @ParameterizedTest
  @CsvSource({
    "a/b, a/b, main, ''",
    "owner-1/some.model_2, owner-1/some.model_2, main, ''",
    "a/b:i2_s, a/b, main, i2_s",
    "a/b:folder/x y.gguf, a/b, main, folder/x y.gguf",
    "a/b@v1, a/b, v1, ''",
    "a/b@refs/pr/3:x.gguf, a/b, refs/pr/3, x.gguf",
    "hf.co/a/b, a/b, main, ''",
    "hf.co/a/b:Q2_0, a/b, main, Q2_0",
    "https://huggingface.co/a/b, a/b, main, ''",
    "https://huggingface.co/a/b/, a/b, main, ''",
    "https://huggingface.co/a/b/tree/main, a/b, main, ''",
    "https://huggingface.co/a/b/blob/v2/dir/x.gguf, a/b, v2, dir/x.gguf",
    "https://huggingface.co/a/b/resolve/main/x.gguf?download=true, a/b, main, x.gguf"
  })
  void readsWhatPeopleWrite(String text, String repository, String revision, String selector) {
    ModelReference reference = ModelReference.parse(text);
    assertEquals(repository, reference.repository());
    assertEquals(revision, reference.revision());
    assertEquals(selector, reference.selector().orElse(""));
    assertEquals(reference, ModelReference.parse(reference.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a/",
        "/b",
        "a/b/c",
        "a--b/c",
        "a/b..c",
        "../b",
        "-a/b",
        "a/b.",
        "a b/c",
        "a/b:",
        "a/b@",
        "a/b@../x",
        "a/b@x/../../y",
        "a/b@/x",
        "a/b@nul",
        "a/\u00e4",
        "a/b\n"
      })
  void refusesWhatIsNoName(String text) {
    assertThrows(IllegalArgumentException.class, () -> ModelReference.parse(text));
  }

  @Test
  void refusesNamesWithoutEnd() {
    String tooLong = "a/" + "b".repeat(2000);
    assertThrows(IllegalArgumentException.class, () -> ModelReference.parse(tooLong));
    assertThrows(
        IllegalArgumentException.class, () -> ModelReference.parse("a/" + "b".repeat(100)));
  }
}
