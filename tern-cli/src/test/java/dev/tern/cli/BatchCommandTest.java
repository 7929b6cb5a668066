package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BatchCommandTest {
  @TempDir static Path models;
  @TempDir private Path folder;
  private static Path model;

  @BeforeAll
  static void write() throws IOException {
    model = Models.tiny(models);
  }

  @Test
  void answersAFileOfRequestsAsEachWouldBeAlone() throws IOException {
    Path input = folder.resolve("in.jsonl");
    Files.write(input, List.of(line("a", "once", 1), line("b", "once", 1), line("c", "twice", -1)));
    Run run = batch("-i", input, "-o", output());
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().contains("3 requests answered"), run.err());
    assertTrue(run.err().contains("1 refused"), run.err());
    for (String part : List.of("I2_S", "scalar", "1 thread", "generated 16 tok", "memory")) {
      assertTrue(run.err().contains(part), run.err());
    }
    Map<String, JsonNode> answers = new TreeMap<>();
    for (String line : Files.readAllLines(output())) {
      JsonNode answer = JsonMapper.shared().readTree(line);
      answers.put(answer.get("custom_id").stringValue(), answer.get("response"));
    }
    String text = answers.get("a").at("/body/choices/0/text").stringValue();
    assertFalse(text.isEmpty());
    assertEquals(text, answers.get("b").at("/body/choices/0/text").stringValue());
    assertEquals(400, answers.get("c").get("status_code").intValue());
    assertEquals("temperature", answers.get("c").at("/body/error/param").stringValue());
  }

  @Test
  void replacesAnswersOnlyWhenItIsTold() throws IOException {
    Path input = Files.writeString(folder.resolve("in.jsonl"), line("a", "once", 1));
    Files.writeString(output(), "mine");
    Run refused = batch("-i", input, "-o", output());
    assertEquals(2, refused.exitCode());
    assertTrue(refused.err().contains("--force"), refused.err());
    assertEquals("mine", Files.readString(output()));
    assertEquals(0, batch("-i", input, "-o", output(), "--force").exitCode());
    assertTrue(Files.readString(output()).contains("\"custom_id\":\"a\""));
  }

  @Test
  void replacesNothingButFilesOfAnswers() throws IOException {
    Path input = Files.writeString(folder.resolve("in.jsonl"), line("a", "once", 1));
    Path file = Files.writeString(folder.resolve("file"), "mine");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "there is no device to try this with");
    for (Path output :
        List.of(link, device, input, folder, folder.resolve("missing").resolve("out"))) {
      Run run = batch("-i", input, "-o", output, "--force");
      assertEquals(2, run.exitCode(), output.toString());
      assertTrue(run.err().contains("-o: "), run.err());
    }
    assertEquals("mine", Files.readString(file));
    assertTrue(Files.isSymbolicLink(link));
  }

  @Test
  void saysWhichLineIsWrongBeforeItAnswersAny() throws IOException {
    Path input =
        Files.write(
            folder.resolve("in.jsonl"), List.of(line("a", "once", 1), "{\"custom_id\": 1}"));
    Run run = batch("-i", input, "-o", output());
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains("line 2: custom_id must be a text"), run.err());
    assertFalse(Files.exists(output()));
  }

  @Test
  void answersToTheNameThatTheRequestsHave() throws IOException {
    String named = line("a", "once", 1).replace("{\"prompt\"", "{\"model\": \"mine\", \"prompt\"");
    Path input = Files.writeString(folder.resolve("in.jsonl"), named);
    Run refused = batch("-i", input, "-o", output());
    assertEquals(2, refused.exitCode(), refused.err());
    assertTrue(refused.err().contains("line 1: body.model is 'mine'"), refused.err());
    assertTrue(refused.err().contains("--alias"), refused.err());
    Run run = batch("-i", input, "-o", output(), "--alias", "mine");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(Files.readString(output()).contains("\"status_code\":200"));
  }

  @Test
  void looksAtTheRequestsBeforeItLoadsTheModel() throws IOException {
    Path input = Files.writeString(folder.resolve("in.jsonl"), "{}");
    Path damaged = Models.truncated(models, 0.5);
    Run run = Run.of("batch", damaged, "-i", input, "-o", output());
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains("line 1: custom_id"), run.err());
  }

  private Run batch(Object... args) {
    return Run.of(
        Run.concat(new Object[] {"batch", model, "-t", "1", "--kernels", "scalar"}, args));
  }

  private Path output() {
    return folder.resolve("out.jsonl");
  }

  private static String line(String id, String prompt, int temperature) {
    return """
    {"custom_id": "%s", "method": "POST", "url": "/v1/completions", "body": {"prompt": "%s", "max_tokens": 8, "seed": 1, "temperature": %d}}\
    """
        .formatted(id, prompt, temperature);
  }
}
