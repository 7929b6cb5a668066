package dev.tern.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern train tokenizer`: learns a vocabulary from text. What needs the training module is in
/// [TokenizerTraining].
@Command(
    name = "tokenizer",
    description = "Learn a tokenizer from text, and write the files that other programs read too.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainTokenizerCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Text, or a folder of it; files that end in .jsonl hold objects with a \"text\".")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--size",
      required = true,
      paramLabel = "N",
      description = "Number of tokens, special ones included.")
  private int size;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description = "byte-level (default) or sentencepiece.",
      defaultValue = "byte-level")
  private String kind = "";

  @Option(
      names = "--mark",
      paramLabel = "TOKEN",
      description = "A further special token, such as <|eot_id|>; as often as needed.")
  private List<String> marks = new ArrayList<>();

  @Option(
      names = "--separator",
      paramLabel = "TEXT",
      description = "What stands between documents, and is not learnt from.")
  private @Nullable String separator;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "Where the files go.")
  private Path out = Path.of("");

  @Option(names = "--force", description = "Replace what is there.")
  private boolean force;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing.")
  private boolean quiet;

  TrainTokenizerCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    String family = kind.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    if (!family.equals("bytelevel") && !family.equals("sentencepiece")) {
      throw new ParameterException(
          spec.commandLine(),
          "--kind: '%s' is neither byte-level nor sentencepiece".formatted(kind));
    }
    if (!force && (isThere("tokenizer.json") || isThere("tokenizer.model"))) {
      throw new ParameterException(
          spec.commandLine(), "%s has a tokenizer; --force replaces it".formatted(out));
    }
    new TokenizerTraining(streams, quiet)
        .learn(family.equals("bytelevel"), size, marks, files, Optional.ofNullable(separator), out);
    if (!quiet) {
      streams.err().println("%d tokens in %s".formatted(size, Printable.line(out.toString())));
    }
    return ExitCode.OK;
  }

  private boolean isThere(String file) {
    return Files.exists(out.resolve(file));
  }
}
