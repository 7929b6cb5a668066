package dev.tern.train.data;

import dev.tern.chat.ChatTemplate;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.train.config.CorpusSettings;
import dev.tern.train.config.CorpusSettings.Format;
import dev.tern.train.config.DataSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A folder with text and its tokens.
final class TestRun {
  static final String SEPARATOR = "<|endoftext|>";

  final Path folder;
  final List<String> activities = new ArrayList<>();

  TestRun(Path folder) {
    this.folder = folder;
  }

  Path cache() {
    return folder.resolve("cache");
  }

  CorpusSettings text(String name, List<String> documents, double repeat) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, String.join("\n" + SEPARATOR + "\n", documents));
    return new CorpusSettings(file, Format.TEXT, Optional.of(SEPARATOR), repeat);
  }

  CorpusSettings lines(String name, Format format, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, String.join("\n", lines));
    return new CorpusSettings(file, format, Optional.empty(), 1);
  }

  CorpusSettings bytes(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, content);
    return new CorpusSettings(file, Format.TEXT, Optional.empty(), 1);
  }

  static DataSettings learning(CorpusSettings... train) {
    return new DataSettings(List.of(train), List.of(), 0, true);
  }

  static DataSettings keeping(double share, CorpusSettings... train) {
    return new DataSettings(List.of(train), List.of(), share, true);
  }

  TrainingData prepare(DataSettings settings) throws IOException {
    return prepare(settings, TestTokenizers.small(), Optional.empty(), 42);
  }

  TrainingData prepare(
      DataSettings settings, Tokenizer tokenizer, Optional<ChatTemplate> chat, long seed)
      throws IOException {
    activities.clear();
    return TrainingData.prepare(
        settings,
        tokenizer,
        chat,
        cache(),
        seed,
        (activity, _, _) -> activities.add(activity.substring(0, activity.indexOf(' '))));
  }

  /// The inputs of a whole pass, up to the tokens that make no whole sequence.
  static List<Integer> pass(Batches batches, long epoch, int length) {
    long sequences = (batches.tokensPerEpoch() - 1) / length;
    List<Integer> tokens = new ArrayList<>();
    for (long i = epoch * sequences; i < (epoch + 1) * sequences; i++) {
      for (int input : batches.batch(i).inputs()) {
        tokens.add(input);
      }
    }
    return tokens;
  }

  /// Cuts before each beginning of a text.
  static List<List<Integer>> documents(List<Integer> tokens) {
    List<List<Integer>> documents = new ArrayList<>();
    for (int token : tokens) {
      if (token == TestTokenizers.BOS) {
        documents.add(new ArrayList<>());
      }
      documents.getLast().add(token);
    }
    return documents;
  }
}
