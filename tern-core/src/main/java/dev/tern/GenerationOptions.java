package dev.tern;

import dev.tern.grammar.Grammar;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/// How text is generated: immutable, with llama.cpp's defaults for everything.
///
/// Samplers apply in this order: grammar, logit bias, penalties, top-k, top-p, min-p, temperature.
///
/// ```java
/// GenerationOptions options =
///     GenerationOptions.builder().temperature(0.7f).seed(42).stop("\n\n").maxTokens(200).build();
/// ```
public final class GenerationOptions {
  private static final int MAX_DRAFT_TOKENS = 15;
  private static final int MAX_LOG_PROBABILITIES = 20;
  private static final GenerationOptions DEFAULTS = builder().build();
  private static final GenerationOptions GREEDY = builder().temperature(0).build();

  private final float temperature;
  private final int topK;
  private final float topP;
  private final float minP;
  private final float repeatPenalty;
  private final int repeatLastN;
  private final float presencePenalty;
  private final float frequencyPenalty;
  private final Map<Integer, Float> logitBias;
  private final OptionalLong seed;
  private final List<String> stop;
  private final OptionalInt maxTokens;
  private final boolean ignoreEos;
  private final int draftTokens;
  private final Optional<Grammar> grammar;
  private final OptionalInt logProbabilities;

  private GenerationOptions(Builder builder) {
    this.temperature = builder.temperature;
    this.topK = builder.topK;
    this.topP = builder.topP;
    this.minP = builder.minP;
    this.repeatPenalty = builder.repeatPenalty;
    this.repeatLastN = builder.repeatLastN;
    this.presencePenalty = builder.presencePenalty;
    this.frequencyPenalty = builder.frequencyPenalty;
    this.logitBias = Collections.unmodifiableMap(new LinkedHashMap<>(builder.logitBias));
    this.seed = builder.seed;
    this.stop = builder.stop;
    this.maxTokens = builder.maxTokens;
    this.ignoreEos = builder.ignoreEos;
    this.draftTokens = builder.draftTokens;
    this.grammar = builder.grammar;
    this.logProbabilities = builder.logProbabilities;
  }

  /// {@return the defaults: temperature 0.8, top-k 40, top-p 0.95, min-p 0.05, no penalties, until
  /// the model stops}
  public static GenerationOptions defaults() {
    return DEFAULTS;
  }

  /// {@return always the likeliest token, until the model stops}
  public static GenerationOptions greedy() {
    return GREEDY;
  }

  /// {@return a builder that starts from the defaults}
  public static Builder builder() {
    return new Builder();
  }

  /// {@return a builder that starts from these options}
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.temperature = temperature;
    builder.topK = topK;
    builder.topP = topP;
    builder.minP = minP;
    builder.repeatPenalty = repeatPenalty;
    builder.repeatLastN = repeatLastN;
    builder.presencePenalty = presencePenalty;
    builder.frequencyPenalty = frequencyPenalty;
    builder.logitBias.putAll(logitBias);
    builder.seed = seed;
    builder.stop = stop;
    builder.maxTokens = maxTokens;
    builder.ignoreEos = ignoreEos;
    builder.draftTokens = draftTokens;
    builder.grammar = grammar;
    builder.logProbabilities = logProbabilities;
    return builder;
  }

  /// {@return what logits are divided by; 0 always takes the likeliest token}
  public float temperature() {
    return temperature;
  }

  /// {@return how many of the likeliest tokens are considered; 0 for all}
  public int topK() {
    return topK;
  }

  /// {@return the probability that the considered tokens must have together; 1 for all}
  public float topP() {
    return topP;
  }

  /// {@return the least probability of a considered token relative to the likeliest; 0 for all}
  public float minP() {
    return minP;
  }

  /// {@return what logits of recent tokens are divided by (multiplied by, where negative); 1 for no
  /// penalty}
  public float repeatPenalty() {
    return repeatPenalty;
  }

  /// {@return how many recent tokens penalties look at, prompt included; -1 for all}
  public int repeatLastN() {
    return repeatLastN;
  }

  /// {@return what is subtracted from the logit of a token that occurred recently}
  public float presencePenalty() {
    return presencePenalty;
  }

  /// {@return what is subtracted from a token's logit for each recent occurrence}
  public float frequencyPenalty() {
    return frequencyPenalty;
  }

  /// {@return what is added to the logits of some tokens; negative infinity bans a token}
  public Map<Integer, Float> logitBias() {
    return logitBias;
  }

  /// {@return the seed of the random choices; empty for a new one each time}
  public OptionalLong seed() {
    return seed;
  }

  /// {@return the seed, or a new one}
  long seedOrNew() {
    return seed.orElseGet(() -> ThreadLocalRandom.current().nextLong(1L << 31));
  }

  /// {@return texts that end the generation and are not part of it}
  public List<String> stop() {
    return stop;
  }

  /// {@return the most tokens to generate; empty for until the model stops or the context ends}
  public OptionalInt maxTokens() {
    return maxTokens;
  }

  /// {@return whether to go on when the model ends its turn}
  public boolean ignoreEos() {
    return ignoreEos;
  }

  /// {@return how many tokens are guessed ahead where the text repeats itself, and checked
  /// together; 0 for none. The text is the same with any number}
  public int draftTokens() {
    return draftTokens;
  }

  /// {@return what the text may look like; empty for anything}
  public Optional<Grammar> grammar() {
    return grammar;
  }

  /// {@return of how many of the likeliest tokens each [Token] tells the log-probability, besides
  /// its own; empty for not even its own}
  public OptionalInt logProbabilities() {
    return logProbabilities;
  }

  @Override
  public String toString() {
    return "temperature %s, top-k %d, top-p %s, min-p %s, repeat penalty %s over %d, presence %s, frequency %s, seed %s"
        .formatted(
            temperature,
            topK,
            topP,
            minP,
            repeatPenalty,
            repeatLastN,
            presencePenalty,
            frequencyPenalty,
            seed.isPresent() ? seed.getAsLong() : "random");
  }

  /// Collects options; each setter checks its value and names it when it is out of range.
  public static final class Builder {
    private float temperature = 0.8f;
    private int topK = 40;
    private float topP = 0.95f;
    private float minP = 0.05f;
    private float repeatPenalty = 1f;
    private int repeatLastN = 64;
    private float presencePenalty;
    private float frequencyPenalty;
    private final Map<Integer, Float> logitBias = new LinkedHashMap<>();
    private OptionalLong seed = OptionalLong.empty();
    private List<String> stop = List.of();
    private OptionalInt maxTokens = OptionalInt.empty();
    private boolean ignoreEos;
    private int draftTokens;
    private Optional<Grammar> grammar = Optional.empty();
    private OptionalInt logProbabilities = OptionalInt.empty();

    private Builder() {}

    /// {@return this, with another temperature}
    ///
    /// @param value at least 0
    public Builder temperature(float value) {
      temperature = range("temperature", value, 0, Float.MAX_VALUE);
      return this;
    }

    /// {@return this, with another top-k}
    ///
    /// @param value at least 0; 0 for all tokens
    public Builder topK(int value) {
      topK = atLeast("top-k", value, 0);
      return this;
    }

    /// {@return this, with another top-p}
    ///
    /// @param value from 0 to 1; 1 for all tokens
    public Builder topP(float value) {
      topP = range("top-p", value, 0, 1);
      return this;
    }

    /// {@return this, with another min-p}
    ///
    /// @param value from 0 to 1; 0 for all tokens
    public Builder minP(float value) {
      minP = range("min-p", value, 0, 1);
      return this;
    }

    /// {@return this, with another repeat penalty}
    ///
    /// @param value above 0; 1 for none
    public Builder repeatPenalty(float value) {
      repeatPenalty = range("repeat penalty", value, Float.MIN_NORMAL, Float.MAX_VALUE);
      return this;
    }

    /// {@return this, with another window of penalties}
    ///
    /// @param value at least -1; -1 for the whole text
    public Builder repeatLastN(int value) {
      repeatLastN = atLeast("repeat-last-n", value, -1);
      return this;
    }

    /// {@return this, with another presence penalty}
    ///
    /// @param value any finite number
    public Builder presencePenalty(float value) {
      presencePenalty = range("presence penalty", value, -Float.MAX_VALUE, Float.MAX_VALUE);
      return this;
    }

    /// {@return this, with another frequency penalty}
    ///
    /// @param value any finite number
    public Builder frequencyPenalty(float value) {
      frequencyPenalty = range("frequency penalty", value, -Float.MAX_VALUE, Float.MAX_VALUE);
      return this;
    }

    /// {@return this, with a bias for one more token}
    ///
    /// @param token a token id, at least 0
    /// @param bias added to its logit; negative infinity bans it
    public Builder logitBias(int token, float bias) {
      if (Float.isNaN(bias) || bias == Float.POSITIVE_INFINITY) {
        throw new IllegalArgumentException(
            "the logit bias of token %d is %s".formatted(token, bias));
      }
      logitBias.put(atLeast("a logit bias's token", token, 0), bias);
      return this;
    }

    /// {@return this, with a seed}
    ///
    /// @param value any number
    public Builder seed(long value) {
      seed = OptionalLong.of(value);
      return this;
    }

    /// {@return this, with other stop texts}
    ///
    /// @param texts none of them empty
    public Builder stop(String... texts) {
      return stop(List.of(texts));
    }

    /// {@return this, with other stop texts}
    ///
    /// @param texts none of them empty
    public Builder stop(List<String> texts) {
      if (texts.stream().anyMatch(String::isEmpty)) {
        throw new IllegalArgumentException("a stop text must not be empty");
      }
      stop = List.copyOf(texts);
      return this;
    }

    /// {@return this, with a limit on generated tokens}
    ///
    /// @param value at least 0
    public Builder maxTokens(int value) {
      maxTokens = OptionalInt.of(atLeast("the number of tokens to generate", value, 0));
      return this;
    }

    /// {@return this, going on when the model ends its turn, or not}
    ///
    /// @param value whether to
    public Builder ignoreEos(boolean value) {
      ignoreEos = value;
      return this;
    }

    /// {@return this, with another number of tokens guessed ahead}
    ///
    /// @param value from 0 to 15; 0 for none
    public Builder draftTokens(int value) {
      draftTokens = upTo("draft tokens", value, MAX_DRAFT_TOKENS);
      return this;
    }

    /// {@return this, with a grammar that the generated text fits}
    ///
    /// Only tokens that keep to it are chosen, and a token that ends the text only where the
    /// grammar may end; a text that is complete ends by itself. A text that ends for another reason
    /// (the wanted number of tokens, a full context, a stop text) is the beginning of one that
    /// fits.
    ///
    /// @param value what the text may be; see [Grammar]
    public Builder grammar(Grammar value) {
      grammar = Optional.of(value);
      return this;
    }

    /// {@return this, telling with each token how likely the model found it}
    ///
    /// That needs all logits of every token and an exponential for each, also where a choice would
    /// need few; the text is the same.
    ///
    /// @param likeliest of how many of the likeliest tokens to tell the same, from 0 to 20; 0 for
    ///   the chosen one alone. See [TokenLogProbabilities]
    public Builder logProbabilities(int likeliest) {
      logProbabilities =
          OptionalInt.of(upTo("log-probabilities", likeliest, MAX_LOG_PROBABILITIES));
      return this;
    }

    /// {@return the options}
    public GenerationOptions build() {
      return new GenerationOptions(this);
    }

    private static int atLeast(String name, int value, int least) {
      if (value < least) {
        throw new IllegalArgumentException(
            "%s must be at least %d, not %d".formatted(name, least, value));
      }
      return value;
    }

    private static int upTo(String name, int value, int most) {
      if (value < 0 || value > most) {
        throw new IllegalArgumentException(
            "%s must be from 0 to %d, not %d".formatted(name, most, value));
      }
      return value;
    }

    private static float range(String name, float value, float least, float most) {
      if (!(value >= least && value <= most)) {
        String bound =
            most == Float.MAX_VALUE
                ? least == 0 ? "at least 0" : least > 0 ? "above 0" : "a finite number"
                : "from %s to %s".formatted(least, most);
        throw new IllegalArgumentException("%s must be %s, not %s".formatted(name, bound, value));
      }
      return value;
    }
  }
}
