package dev.tern.train.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.testing.TestData;
import dev.tern.train.config.CorpusSettings;
import dev.tern.train.config.CorpusSettings.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Text that is not what it should be.
class HostileTextTest {
  @TempDir Path folder;

  private List<String> documents(CorpusSettings corpus) throws IOException {
    List<String> documents = new ArrayList<>();
    TextDocuments.read(List.of(corpus), ProgressListener.NONE, documents::add);
    return documents;
  }

  private String refusal(CorpusSettings corpus) {
    return assertThrows(DataException.class, () -> documents(corpus)).getMessage();
  }

  @Test
  void bytesThatAreNoUtf8AreFoundWhereverTheyStand() throws IOException {
    TestRun run = new TestRun(folder);
    for (int at : new int[] {0, 1, 65_534, 65_535, 65_536, 65_537, 131_071, 200_000}) {
      byte[] text = "é".repeat(100_001).getBytes(UTF_8);
      byte[] damaged = Arrays.copyOf(text, text.length);
      damaged[at] = (byte) 0xFF;
      // The byte before an odd place begins a character that does not end.
      int expected = at - at % 2;
      assertTrue(
          refusal(run.bytes("a.txt", damaged)).contains("at byte " + expected + ":"),
          () -> "at " + at);
    }
    assertTrue(refusal(run.bytes("a.txt", new byte[] {'a', (byte) 0xC3})).contains("at byte 1:"));
  }

  @Test
  void nulIsNoText() throws IOException {
    TestRun run = new TestRun(folder);
    byte[] text = "é".repeat(50_000).getBytes(UTF_8);
    text[70_000] = 0;
    text[70_001] = 'x';
    assertTrue(refusal(run.bytes("a.txt", text)).contains("at byte 70000: a NUL"));
  }

  @Test
  void marksAndWhiteSpaceAroundDocumentsAreNoText() throws IOException {
    TestRun run = new TestRun(folder);
    String separator = TestRun.SEPARATOR;
    Path file = folder.resolve("a.txt");
    Files.writeString(
        file, "\uFEFF\r\n one \r\n" + separator + "\n\n" + separator + "\u00A0 two  words\n\n");
    CorpusSettings corpus = new CorpusSettings(file, Format.TEXT, Optional.of(separator), 1);
    assertEquals(List.of("one", "two  words"), documents(corpus));
    assertEquals(List.of(), documents(run.bytes("b.txt", new byte[0])));
  }

  @Test
  void separatorsAreFoundAcrossBlocks() throws IOException {
    String separator = TestRun.SEPARATOR;
    for (int length = 65_536 - 15; length <= 65_537; length++) {
      String first = "x".repeat(length);
      Path file = Files.writeString(folder.resolve("a.txt"), first + separator + "y");
      CorpusSettings corpus = new CorpusSettings(file, Format.TEXT, Optional.of(separator), 1);
      assertEquals(List.of(first, "y"), documents(corpus));
    }
  }

  @Test
  void aLineMayBeLong() throws IOException {
    TestRun run = new TestRun(folder);
    String line = "a\uD83E\uDD99".repeat(1_700_000);
    CorpusSettings text = run.bytes("a.txt", line.getBytes(UTF_8));
    assertEquals(line, String.join("", documents(text)));
    CorpusSettings json =
        run.lines(
            "a.jsonl", Format.JSON_LINES, "{\"text\": \"" + line + "\"}", "", "{\"text\":\"b\"}");
    List<String> documents = documents(json);
    assertEquals(line + "b", String.join("", documents));
    try (TrainingData data = run.prepare(TestRun.learning(text, json))) {
      assertEquals(3, data.trainingCounts().documents());
    }
  }

  @Test
  void jsonIsStrictAndSaysWhere() throws IOException {
    TestRun run = new TestRun(folder);
    String good = "{\"text\": \"fine\", \"other\": 1}";
    for (String bad :
        List.of(
            "[]",
            "{\"text\": 1}",
            "{}",
            "{\"text\": null}",
            "{\"text\": \"a\"} x",
            "{\"text\": \"a\", \"text\": \"b\"}",
            "{'text': 'a'}",
            "{\"text\": \"\\ud800\"}",
            "{\"text\": \"a\"",
            "nan")) {
      String message = refusal(run.lines("a.jsonl", Format.JSON_LINES, good, "", bad));
      assertTrue(message.contains("a.jsonl, line 3"), message);
    }
    byte[] invalid = (good + "\n{\"text\": \"a?\"}").getBytes(UTF_8);
    invalid[invalid.length - 3] = (byte) 0xFF;
    Path file = Files.write(folder.resolve("a.jsonl"), invalid);
    String message = refusal(new CorpusSettings(file, Format.JSON_LINES, Optional.empty(), 1));
    assertTrue(message.contains("line 2"), message);
  }

  @Test
  void publishedDamagedJsonIsRefused() throws IOException {
    int refused = 0;
    try (Stream<Path> files = Files.list(TestData.require("malformed/json"))) {
      for (Path file : files.sorted().toList()) {
        for (Format format : List.of(Format.JSON_LINES, Format.CHAT)) {
          CorpusSettings corpus = new CorpusSettings(file, format, Optional.empty(), 1);
          try {
            assertEquals(List.of(), documents(corpus), file + " was taken for text");
            assertTrue(
                Files.readString(file).replace("\uFEFF", "").isBlank(), file + " was passed over");
          } catch (DataException expected) {
            assertTrue(expected.getMessage().contains(file + ", line "), expected.getMessage());
            refused++;
          }
        }
      }
    }
    assertTrue(refused > 600, refused + " files");
  }
}
