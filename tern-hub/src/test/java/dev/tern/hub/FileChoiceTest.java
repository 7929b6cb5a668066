package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileChoiceTest {
  private static FileChoice choose(String reference, String... names) throws HubException {
    return FileChoice.of(ModelReference.parse(reference), List.of(names));
  }

  private static String refusal(String reference, String... names) {
    HubException refusal =
        assertThrows(HubException.class, () -> choose(reference, names), "was not refused");
    assertEquals(HubException.Reason.CHOICE, refusal.reason());
    return refusal.getMessage();
  }

  @ParameterizedTest
  @CsvSource({
    "ggml-model-i2_s.gguf, I2_S",
    "bitnet-embeddings-0.6b-bf16-i2_s.gguf, I2_S",
    "Ternary-Bonsai-1.7B-Q2_0.gguf, Q2_0",
    "Ternary-Bonsai-1.7B-Q2_0_g64.gguf, Q2_0_G64",
    "Ternary-Bonsai-1.7B-PQ2_0.gguf, PQ2_0",
    "Bonsai-8B-TQ1_0-Q4out-llamacpp.gguf, TQ1_0",
    "x.Q4_K_M.gguf, Q4_K_M",
    "folder-q8_0/model.gguf, ''",
    "model-iq2_bn.gguf, IQ2_BN",
    "F16.gguf, F16",
    "model.gguf, ''"
  })
  void namesSpellEncodings(String file, String encoding) {
    assertEquals(
        encoding.isEmpty() ? Optional.empty() : Optional.of(encoding), FileChoice.encoding(file));
  }

  @Test
  void theOnlyGgufFileIsTaken() throws HubException {
    FileChoice choice = choose("a/b", "config.json", "x-F16.gguf", "model.safetensors");
    assertEquals(List.of("x-F16.gguf"), choice.files());
    assertEquals(List.of(), choice.others());
  }

  @Test
  void theEncodingThatTernRunsBestIsTaken() throws HubException {
    FileChoice choice = choose("a/b", "x-F16.gguf", "x-TQ1_0.gguf", "x-i2_s.gguf", "x-TQ2_0.gguf");
    assertEquals(List.of("x-i2_s.gguf"), choice.files());
    assertEquals(List.of("x-F16.gguf", "x-TQ1_0.gguf", "x-TQ2_0.gguf"), choice.others());
    assertEquals(
        List.of("x-Q2_0.gguf"),
        choose("a/b", "x-F16.gguf", "x-PQ2_0.gguf", "x-Q2_0.gguf", "x-Q2_0_g64.gguf").files());
    assertEquals(
        List.of("x-Q2_0_g64.gguf"),
        choose("a/b", "x-F16.gguf", "x-PQ2_0.gguf", "x-Q2_0_g64.gguf").files());
  }

  @Test
  void whatCannotBeSettledIsListed() {
    String same = refusal("a/b", "one-i2_s.gguf", "two-i2_s.gguf", "two-f16.gguf");
    assertTrue(same.contains("a/b:one-i2_s.gguf"), same);
    assertTrue(same.endsWith("there are: one-i2_s.gguf, two-i2_s.gguf"), same);
    String none = refusal("a/b", "x-Q4_K_M.gguf", "x-Q8_0.gguf");
    assertTrue(none.endsWith("there are: x-Q4_K_M.gguf, x-Q8_0.gguf"), none);
  }

  @ParameterizedTest
  @CsvSource({
    "tq2_0, x-TQ2_0.gguf",
    "TQ2_0, x-TQ2_0.gguf",
    "x-TQ2_0, x-TQ2_0.gguf",
    "X-tq2_0.GGUF, x-TQ2_0.gguf",
    "q2_0, x-Q2_0_g64.gguf",
    "Q2_0_g64, x-Q2_0_g64.gguf",
    "folder/y-i2_s.gguf, folder/y-i2_s.gguf",
    "y-i2_s.gguf, folder/y-i2_s.gguf",
    "tokenizer.json, tokenizer.json"
  })
  void aFileOrAnEncodingSelects(String selector, String file) throws HubException {
    FileChoice choice =
        choose(
            "a/b:" + selector,
            "x-TQ2_0.gguf",
            "x-Q2_0_g64.gguf",
            "folder/y-i2_s.gguf",
            "tokenizer.json");
    assertEquals(List.of(file), choice.files());
    assertEquals(List.of(), choice.others());
  }

  @Test
  void aSelectorThatFitsNothingListsWhatThereIs() {
    assertTrue(refusal("a/b:q9", "x-i2_s.gguf").contains("'q9'; it has: x-i2_s.gguf"));
    assertTrue(refusal("a/b:i2_s", "config.json").contains("it has: config.json"));
    assertTrue(refusal("a/b:i2_s", "x-i2_s.gguf", "y-i2_s.gguf").contains("several"));
  }

  @Test
  void whatIsNoModelIsNoChoice() throws HubException {
    assertEquals(
        List.of("x-Q8_0.gguf"),
        choose("a/b", "mmproj-x-F16.gguf", "x-Q8_0.gguf", "x.imatrix.gguf").files());
    String parts = refusal("a/b", "x-00001-of-00002.gguf", "x-00002-of-00002.gguf");
    assertTrue(parts.contains("several parts"), parts);
  }

  @Test
  void aRepositoryWithoutModelSaysWhatItHas() {
    assertTrue(refusal("a/b", "config.json", "pytorch_model.bin").contains("pickled"));
    assertTrue(refusal("a/b", "model.safetensors").contains("it has: model.safetensors"));
    assertTrue(refusal("a/b").endsWith("it has: nothing"));
  }

  @Test
  void aCheckpointIsCompleteWithAllItsParts() {
    List<String> all =
        List.of(
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "tokenizer.json");
    assertTrue(CheckpointFiles.isComplete(all));
    for (String missing : all) {
      List<String> rest = all.stream().filter(name -> !name.equals(missing)).toList();
      assertTrue(!CheckpointFiles.isComplete(rest), missing);
    }
  }
}
