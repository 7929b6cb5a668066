package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.GenerationOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/// How text is generated: llama.cpp's names and defaults, turned into [GenerationOptions].
final class SamplingFlags {
  private static final Pattern LOGIT_BIAS =
      Pattern.compile("([0-9]{1,9})([+-](?:[0-9]*\\.?[0-9]+|inf))");
  private static final int UNLIMITED = -1;
  private static final long RANDOM_SEED = -1;

  @Option(
      names = {"-n", "--predict", "--n-predict"},
      paramLabel = "N",
      description =
          "Tokens to generate at most (default: until the model stops or the context ends).")
  private int maxTokens = UNLIMITED;

  @Option(
      names = {"--temp", "--temperature"},
      paramLabel = "T",
      description = "Temperature; 0 always takes the likeliest token (default: ${DEFAULT-VALUE}).")
  private float temperature = GenerationOptions.defaults().temperature();

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Consider the K likeliest tokens; 0 for all (default: ${DEFAULT-VALUE}).")
  private int topK = GenerationOptions.defaults().topK();

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Consider the likeliest tokens that have probability P together; 1 for all (default: ${DEFAULT-VALUE}).")
  private float topP = GenerationOptions.defaults().topP();

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Consider tokens at least P times as likely as the likeliest; 0 for all (default: ${DEFAULT-VALUE}).")
  private float minP = GenerationOptions.defaults().minP();

  @Option(
      names = "--repeat-penalty",
      paramLabel = "X",
      description = "Make recent tokens less likely; 1 for no penalty (default: ${DEFAULT-VALUE}).")
  private float repeatPenalty = GenerationOptions.defaults().repeatPenalty();

  @Option(
      names = "--repeat-last-n",
      paramLabel = "N",
      description = "Tokens that penalties look back on; -1 for all (default: ${DEFAULT-VALUE}).")
  private int repeatLastN = GenerationOptions.defaults().repeatLastN();

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description =
          "Subtract X from the logit of a token that occurred (default: ${DEFAULT-VALUE}).")
  private float presencePenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description =
          "Subtract X from a token's logit for each time it occurred (default: ${DEFAULT-VALUE}).")
  private float frequencyPenalty;

  @Option(
      names = {"-l", "--logit-bias"},
      paramLabel = "TOKEN(+/-)BIAS",
      description =
          "Change a token's logit: 15043+1 or 15043-1; 15043-inf bans it. May be repeated.")
  private List<String> logitBias = new ArrayList<>();

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "N",
      description = "Seed of the random choices; -1 for a new one (default: ${DEFAULT-VALUE}).")
  private long seed = RANDOM_SEED;

  @Option(
      names = {"-r", "--stop", "--reverse-prompt"},
      paramLabel = "TEXT",
      description = "Stop before this text appears. May be repeated.")
  private List<String> stop = new ArrayList<>();

  @Option(names = "--ignore-eos", description = "Go on when the model ends its turn.")
  private boolean ignoreEos;

  @Option(
      names = "--spec-ngram",
      paramLabel = "N",
      description =
          "Guess up to N tokens ahead where the text repeats itself, and check them together; the text stays the same (default: ${DEFAULT-VALUE}).")
  private int draftTokens;

  GenerationOptions toGenerationOptions() {
    GenerationOptions.Builder options = GenerationOptions.builder().ignoreEos(ignoreEos);
    named("--spec-ngram", () -> options.draftTokens(draftTokens));
    named("--temp", () -> options.temperature(temperature));
    named("--top-k", () -> options.topK(topK));
    named("--top-p", () -> options.topP(topP));
    named("--min-p", () -> options.minP(minP));
    named("--repeat-penalty", () -> options.repeatPenalty(repeatPenalty));
    named("--repeat-last-n", () -> options.repeatLastN(repeatLastN));
    named("--presence-penalty", () -> options.presencePenalty(presencePenalty));
    named("--frequency-penalty", () -> options.frequencyPenalty(frequencyPenalty));
    named("--stop", () -> options.stop(stop));
    if (maxTokens != UNLIMITED) {
      named("-n", () -> options.maxTokens(maxTokens));
    }
    if (seed != RANDOM_SEED) {
      options.seed(seed);
    }
    logitBias.forEach(bias -> named("--logit-bias", () -> addLogitBias(options, bias)));
    return options.build();
  }

  private static GenerationOptions.Builder addLogitBias(
      GenerationOptions.Builder options, String text) {
    Matcher matcher = LOGIT_BIAS.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a token id and a signed number are needed, such as 15043+1, not '%s'".formatted(text));
    }
    float bias =
        matcher.group(2).equals("-inf")
            ? Float.NEGATIVE_INFINITY
            : Float.parseFloat(matcher.group(2));
    return options.logitBias(Integer.parseInt(matcher.group(1)), bias);
  }
}
