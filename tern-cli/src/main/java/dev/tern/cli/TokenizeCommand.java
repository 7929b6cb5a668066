package dev.tern.cli;

import dev.tern.gguf.GgufFile;
import dev.tern.load.GgufTokenizer;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.PreTokenizer;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern tokenize`: text to token ids, and back.
@Command(
    name = "tokenize",
    description = {
      "Print the tokens of a text: id and spelling, a line each.",
      "MODEL is a GGUF file, a tokenizer.json, a tokenizer.model, a folder with one of them, or the name of a model that was pulled."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TokenizeCommand implements Callable<Integer> {
  private static final Pattern SEPARATORS = Pattern.compile("[\\s,\\[\\]]+");

  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL", description = "Where the vocabulary is.")
  private String model = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TEXT",
      description = "The text (default: standard input).")
  private @Nullable String text;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "A file with the text.")
  private @Nullable Path textFile;

  @Option(names = "--ids", description = "Print only ids, on one line.")
  private boolean idsOnly;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(names = "--no-bos", description = "Do not add what the model expects around a text.")
  private boolean noBos;

  @Option(
      names = "--no-parse-special",
      description = "Treat the names of special tokens as ordinary text.")
  private boolean noParseSpecial;

  @Option(
      names = "--decode",
      description = "The text is a list of ids: print the text that they stand for.")
  private boolean decode;

  @Option(
      names = "--pre-tokenizer",
      paramLabel = "NAME",
      description =
          "Split text as this pre-tokenizer does, instead of the one that the file names.")
  private @Nullable String preTokenizer;

  TokenizeCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    check();
    Tokenizer tokenizer = load();
    String input = input();
    PrintWriter out = streams.out();
    if (decode) {
      out.println(tokenizer.decode(ids(input, tokenizer.vocabularySize())));
    } else {
      print(tokenizer, tokenizer.encode(input, new EncodeOptions(!noBos, !noParseSpecial)), out);
    }
    return ExitCode.OK;
  }

  private void check() {
    if (idsOnly && json) {
      throw usage("--ids and --json exclude each other");
    }
    if (decode && (idsOnly || json || noBos || noParseSpecial || preTokenizer != null)) {
      throw usage(
          "--decode prints text, so options for printing or making tokens do not go with it");
    }
    if (text != null && textFile != null) {
      throw usage("the text is given twice");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Tokenizer load() throws IOException {
    Path path = ModelArgument.locateHere(model, streams);
    if (Files.notExists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (Files.isDirectory(path) || !isGguf(path)) {
      return preTokenizer == null
          ? Tokenizers.load(path)
          : Tokenizers.load(path, PreTokenizer.named(preTokenizer));
    }
    List<String> notices = new ArrayList<>();
    try (GgufFile file = GgufFile.open(path)) {
      Tokenizer tokenizer = GgufTokenizer.read(file, Optional.ofNullable(preTokenizer), notices);
      notices.forEach(notice -> streams.err().println("note: " + Printable.line(notice)));
      return tokenizer;
    }
  }

  private static boolean isGguf(Path file) throws IOException {
    try (var stream = Files.newInputStream(file)) {
      return Arrays.equals(stream.readNBytes(4), "GGUF".getBytes(StandardCharsets.US_ASCII));
    }
  }

  private String input() throws IOException {
    if (text != null) {
      return text;
    }
    return textFile == null ? TextInput.read(streams.in()) : TextInput.read(textFile);
  }

  private int[] ids(String list, int vocabularySize) {
    return SEPARATORS
        .splitAsStream(list)
        .filter(word -> !word.isEmpty())
        .mapToInt(word -> id(word, vocabularySize))
        .toArray();
  }

  private int id(String word, int vocabularySize) {
    try {
      int id = Integer.parseInt(word);
      if (id >= 0 && id < vocabularySize) {
        return id;
      }
    } catch (NumberFormatException _) {
      // Reported below, like a number out of range.
    }
    throw usage("'%s' is not a token id from 0 to %d".formatted(word, vocabularySize - 1));
  }

  private void print(Tokenizer tokenizer, int[] ids, PrintWriter out) {
    if (json) {
      List<Object> tokens = new ArrayList<>();
      for (int id : ids) {
        Map<String, Object> token = new LinkedHashMap<>();
        token.put("id", id);
        token.put("piece", tokenizer.piece(id));
        token.put("control", tokenizer.isControl(id));
        tokens.add(token);
      }
      out.println(Json.format(tokens));
    } else if (idsOnly) {
      out.println(Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
    } else {
      for (int id : ids) {
        out.println("%8d  %s".formatted(id, Printable.line(tokenizer.piece(id))));
      }
    }
  }
}
