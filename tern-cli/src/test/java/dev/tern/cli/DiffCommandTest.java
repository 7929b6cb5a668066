package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DiffCommandTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int DIFFERENT = 1;
  private static final int TROUBLE = 2;

  @TempDir static Path folder;
  private static Path model;
  private static Path other;
  private static Path large;

  @BeforeAll
  static void write() throws IOException {
    model = Models.tiny(folder);
    other = folder.resolve("other.gguf");
    new SyntheticModel(SyntheticShape.TINY, TensorType.I2_S, TensorType.F16, 2).write(other);
    large = folder.resolve("large.gguf");
    SyntheticShape shape =
        new SyntheticShape("x", "bitnet-b1.58", 128, 256, 3, 4, 2, 32, 301, 512, 10_000, 1e-5f);
    SyntheticModel.of(shape).write(large);
  }

  @Test
  void equalModelsAreLossless() throws IOException {
    Path copy = Files.copy(model, folder.resolve("copy.gguf"));
    Run run = Run.of("diff", model, copy, "-n", "4");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(
        run.out()
            .contains("lossless: every ternary value and scale equal, and every other weight\n"),
        run.out());
    assertTrue(run.out().contains("KL(A || B)     mean 0 nats, at most 0\n"), run.out());
    assertTrue(run.out().contains("greedy         the same behind 10 of 10 texts\n"), run.out());
    assertEquals("", run.err());
  }

  @Test
  void differentModelsAreNot() {
    Run run = Run.of("diff", model, other, "-n", "4", "--kernels", "scalar");
    assertEquals(DIFFERENT, run.exitCode(), run.err());
    assertTrue(run.out().contains("\nnot lossless: "), run.out());
    String queries =
        run.outLines().stream().filter(line -> line.startsWith("blk.*.attn_q")).findFirst().get();
    assertTrue(queries.matches(".* 2 x +32,768 weights  I2_S +[\\d,]+ values differ.*"), queries);
    assertTrue(run.out().contains("other tokens from 1 on"), run.out());
    assertTrue(run.out().matches("(?s).*outputs on 10 texts, \\d+ places\n.*"), run.out());
  }

  @Test
  void everyTensorIsListedOnDemand() {
    Run run = Run.of("diff", model, other, "--tensors-only", "--verbose");
    assertEquals(DIFFERENT, run.exitCode(), run.err());
    assertTrue(run.out().contains("\nblk.0.attn_q.weight"), run.out());
    assertTrue(run.out().contains("\nblk.1.attn_q.weight"), run.out());
    assertFalse(run.out().contains("outputs on"), run.out());
  }

  @Test
  void tensorsThatDoNotMatchAreCountedByKind() {
    Run run = Run.of("diff", model, large, "--tensors-only");
    assertEquals(DIFFERENT, run.exitCode(), run.err());
    assertTrue(run.out().contains("\nonly in B: blk.*.attn_q.weight\n"), run.out());
    assertTrue(
        run.out()
            .contains("shapes differ: token_embd.weight is [300, 128] in A and [301, 128] in B\n"),
        run.out());
  }

  @Test
  void saysTheSameAsJson() throws IOException {
    Path text = Files.writeString(folder.resolve("more.txt"), "More text.");
    Run run = Run.of("diff", model, other, "--json", "-n", "2", "--text", text);
    assertEquals(DIFFERENT, run.exitCode(), run.err());
    JsonNode root = JSON.readTree(run.out());
    assertFalse(root.get("lossless").asBoolean());
    JsonNode tensor = root.get("tensors").get(0);
    assertEquals("token_embd.weight", tensor.get("name").asString());
    assertEquals(300, tensor.get("shape").get(0).asInt());
    assertTrue(tensor.get("differingValues").asInt() > 30_000);
    assertTrue(tensor.get("relativeDifference").asDouble() > 1);
    JsonNode outputs = root.get("outputs");
    assertTrue(outputs.get("klFirstSecond").get("mean").asDouble() > 0);
    assertEquals(11, outputs.get("greedy").size());
    assertEquals("More text.", outputs.get("greedy").get(10).get("text").asString());
    JsonNode tensors =
        JSON.readTree(Run.of("diff", model, model, "--json", "--tensors-only").out());
    assertTrue(tensors.get("lossless").asBoolean());
    assertFalse(tensors.has("outputs"));
  }

  @Test
  void everyErrorReturnsTwo() throws IOException {
    assertTrouble("there is no file", "diff", model, folder.resolve("no.gguf"));
    assertTrouble("there is no config.json in this folder", "diff", folder, model);
    assertTrouble("truncated.gguf: at byte", "diff", Models.truncated(folder, 0.5), model);
    assertTrouble("which Tern does not read", "diff", Models.withTensorType(folder, 38), model);
    assertTrouble("different vocabularies, of 300 and 301 tokens", "diff", model, large);
    assertTrouble("--tensors-only", "diff", model, large);
    assertTrouble("-n must be at least 0", "diff", model, model, "-n", "-1");
    assertTrouble(
        "so --threads does not go with it", "diff", model, model, "--tensors-only", "-t", "1");
    assertTrouble("'B'", "diff", model);
  }

  private static void assertTrouble(String message, Object... args) {
    Run run = Run.of(args);
    assertEquals(TROUBLE, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }
}
