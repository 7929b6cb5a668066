package dev.tern.cli;

import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What the build runs to make the ahead-of-time cache: each command once, on tiny models of random
/// weights.
final class Rehearsal {
  private static final String TOKENIZER = "tokenizer.ggml.";

  private static final String[][] COMMANDS = {
    {"run", "SENTENCEPIECE", "Once upon a time", "-n", "10", "--temp", "0"},
    {"run", "MODEL", "Once upon a time", "-n", "40", "--seed", "1"},
    {"run", "MODEL", "Once upon a time", "-n", "20", "--temp", "0", "--chat"},
    {"show", "MODEL"},
    {"tokenize", "MODEL", "Hello"},
    {"embed", "MODEL", "Hello"},
    {"convert", "MODEL", "CONVERTED", "--output-type", "IQ2_BN"},
    {"quantize", "MODEL", "QUANTIZED", "--output-type", "Q8_0", "--text", "TEXT", "-c", "8"},
    {"perplexity", "QUANTIZED", "TEXT", "-c", "8"},
    {"diff", "MODEL", "CONVERTED", "-n", "2"},
    {"doctor"},
    {"--help"},
  };

  private Rehearsal() {}

  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("tern-rehearsal");
    Path model = folder.resolve("model.gguf");
    Path sentencePiece = folder.resolve("sentencepiece.gguf");
    Path text = folder.resolve("text.txt");
    Map<String, Path> files =
        Map.of(
            "MODEL", model,
            "SENTENCEPIECE", sentencePiece,
            "TEXT", text,
            "CONVERTED", folder.resolve("converted.gguf"),
            "QUANTIZED", folder.resolve("quantized.gguf"));
    try {
      SyntheticModel.of(SyntheticShape.TINY).write(model);
      writeWithSentencePiece(model, sentencePiece);
      Files.writeString(text, "Once upon a time");
      for (String[] command : COMMANDS) {
        run(command, files);
      }
    } finally {
      for (Path file : files.values()) {
        Files.deleteIfExists(file);
      }
      Files.delete(folder);
    }
  }

  private static void run(String[] command, Map<String, Path> files) {
    String[] words = command.clone();
    for (int i = 0; i < words.length; i++) {
      Path file = files.get(words[i]);
      words[i] = file == null ? words[i] : file.toString();
    }
    int exitCode = Main.run(words, StandardStreams.ofProcess());
    if (exitCode != ExitCode.OK) {
      throw new IllegalStateException(String.join(" ", words) + " returned " + exitCode);
    }
  }

  /// Copies a model and gives it the other family of tokenizers.
  private static void writeWithSentencePiece(Path model, Path copy) throws IOException {
    GgufWriter writer = new GgufWriter();
    try (GgufFile file = GgufFile.open(model)) {
      file.metadata()
          .asMap()
          .forEach((key, value) -> {
            if (!key.startsWith(TOKENIZER)) {
              writer.put(key, value);
            }
          });
      putSentencePiece(writer, SyntheticShape.TINY.vocabularySize());
      for (String name : file.tensors().keySet()) {
        writer.add(file.requireTensor(name));
      }
      writer.write(copy);
    }
  }

  private static void putSentencePiece(GgufWriter writer, int size) {
    int unknown = 2;
    int control = 3;
    int normal = 1;
    int singleByte = 6;
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    int[] types = new int[size];
    Arrays.fill(types, normal);
    types[0] = unknown;
    types[1] = control;
    types[2] = control;
    for (int value = 0; value < 256; value++) {
      types[tokens.size()] = singleByte;
      tokens.add("<0x%02X>".formatted(value));
    }
    tokens.addAll(List.of("\u2581", "O", "n", "c", "e", "on", "ce", "\u2581upon"));
    while (tokens.size() < size) {
      tokens.add("\u2581word" + tokens.size());
    }
    float[] scores = new float[size];
    for (int id = 0; id < size; id++) {
      scores[id] = -id;
    }
    writer
        .put(TOKENIZER + "model", GgufValue.text("llama"))
        .put(TOKENIZER + "tokens", GgufArray.ofStrings(tokens))
        .put(TOKENIZER + "scores", GgufArray.ofFloats(scores))
        .put(TOKENIZER + "token_type", GgufArray.ofInts(types));
  }
}
