package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The values that a caller hands in: defaults, ranges, copies.
class OptionsTest {
  @Test
  void generationDefaultsAreLlamaCpps() {
    for (GenerationOptions options :
        List.of(GenerationOptions.defaults(), GenerationOptions.builder().build())) {
      assertEquals(0.8f, options.temperature());
      assertEquals(40, options.topK());
      assertEquals(0.95f, options.topP());
      assertEquals(0.05f, options.minP());
      assertEquals(1, options.repeatPenalty());
      assertEquals(64, options.repeatLastN());
      assertEquals(0, options.presencePenalty());
      assertEquals(0, options.frequencyPenalty());
      assertEquals(Map.of(), options.logitBias());
      assertEquals(OptionalLong.empty(), options.seed());
      assertEquals(List.of(), options.stop());
      assertEquals(OptionalInt.empty(), options.maxTokens());
      assertFalse(options.ignoreEos());
      assertEquals(OptionalInt.empty(), options.logProbabilities());
    }
    assertEquals(0, GenerationOptions.greedy().temperature());
    assertEquals(40, GenerationOptions.greedy().topK());
  }

  @Test
  void aBuilderFromOptionsKeepsEveryOneOfThem() {
    GenerationOptions.Builder builder =
        GenerationOptions.builder()
            .temperature(0.5f)
            .topK(7)
            .topP(0.6f)
            .minP(0.1f)
            .repeatPenalty(1.2f)
            .repeatLastN(-1)
            .presencePenalty(-0.5f)
            .frequencyPenalty(0.25f)
            .logitBias(3, Float.NEGATIVE_INFINITY)
            .logitBias(4, 2)
            .seed(-9)
            .stop("x", "yz")
            .maxTokens(0)
            .ignoreEos(true)
            .logProbabilities(20);
    GenerationOptions options = builder.build();
    GenerationOptions copy = options.toBuilder().build();
    assertEquals(0.5f, copy.temperature());
    assertEquals(7, copy.topK());
    assertEquals(0.6f, copy.topP());
    assertEquals(0.1f, copy.minP());
    assertEquals(1.2f, copy.repeatPenalty());
    assertEquals(-1, copy.repeatLastN());
    assertEquals(-0.5f, copy.presencePenalty());
    assertEquals(0.25f, copy.frequencyPenalty());
    assertEquals(Map.of(3, Float.NEGATIVE_INFINITY, 4, 2f), copy.logitBias());
    assertEquals(OptionalLong.of(-9), copy.seed());
    assertEquals(List.of("x", "yz"), copy.stop());
    assertEquals(OptionalInt.of(0), copy.maxTokens());
    assertTrue(copy.ignoreEos());
    assertEquals(OptionalInt.of(20), copy.logProbabilities());
    assertEquals(options.toString(), copy.toString());
  }

  @Test
  void optionsDoNotChangeWithTheBuilderTheyCameFrom() {
    GenerationOptions.Builder builder = GenerationOptions.builder().logitBias(1, 1).stop("a");
    GenerationOptions options = builder.build();
    builder.logitBias(2, 2).stop("b").topK(1);
    assertEquals(Map.of(1, 1f), options.logitBias());
    assertEquals(List.of("a"), options.stop());
    assertEquals(40, options.topK());
    assertThrows(UnsupportedOperationException.class, () -> options.logitBias().put(3, 3f));
    assertThrows(UnsupportedOperationException.class, () -> options.stop().add("c"));
    options.toBuilder().logitBias(5, 5);
    assertEquals(Map.of(1, 1f), options.logitBias());
  }

  private static Arguments wrong(String name, Consumer<GenerationOptions.Builder> setting) {
    return Arguments.of(name, setting);
  }

  static Stream<Arguments> outOfRange() {
    float nan = Float.NaN;
    float infinite = Float.POSITIVE_INFINITY;
    return Stream.of(
        wrong("temperature", options -> options.temperature(-0.1f)),
        wrong("temperature", options -> options.temperature(nan)),
        wrong("temperature", options -> options.temperature(infinite)),
        wrong("top-k", options -> options.topK(-1)),
        wrong("log-probabilities", options -> options.logProbabilities(-1)),
        wrong("log-probabilities", options -> options.logProbabilities(21)),
        wrong("top-p", options -> options.topP(-0.1f)),
        wrong("top-p", options -> options.topP(1.1f)),
        wrong("top-p", options -> options.topP(nan)),
        wrong("min-p", options -> options.minP(-0.1f)),
        wrong("min-p", options -> options.minP(1.1f)),
        wrong("min-p", options -> options.minP(nan)),
        wrong("repeat penalty", options -> options.repeatPenalty(0)),
        wrong("repeat penalty", options -> options.repeatPenalty(-1)),
        wrong("repeat penalty", options -> options.repeatPenalty(nan)),
        wrong("repeat penalty", options -> options.repeatPenalty(infinite)),
        wrong("repeat-last-n", options -> options.repeatLastN(-2)),
        wrong("presence penalty", options -> options.presencePenalty(nan)),
        wrong("presence penalty", options -> options.presencePenalty(infinite)),
        wrong("frequency penalty", options -> options.frequencyPenalty(nan)),
        wrong("frequency penalty", options -> options.frequencyPenalty(-infinite)),
        wrong("logit bias", options -> options.logitBias(-1, 0)),
        wrong("logit bias", options -> options.logitBias(1, nan)),
        wrong("logit bias", options -> options.logitBias(1, infinite)),
        wrong("stop text", options -> options.stop("a", "")),
        wrong("tokens to generate", options -> options.maxTokens(-1)));
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void namesTheOptionThatIsOutOfRange(String name, Consumer<GenerationOptions.Builder> setting) {
    GenerationOptions.Builder builder = GenerationOptions.builder();
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> setting.accept(builder));
    assertTrue(refusal.getMessage().contains(name), refusal.getMessage());
  }

  @Test
  void takesTheEndsOfEveryRange() {
    GenerationOptions least =
        GenerationOptions.builder()
            .temperature(0)
            .topK(0)
            .topP(0)
            .minP(0)
            .repeatPenalty(Float.MIN_NORMAL)
            .repeatLastN(-1)
            .seed(Long.MIN_VALUE)
            .maxTokens(0)
            .build();
    GenerationOptions most =
        GenerationOptions.builder()
            .temperature(Float.MAX_VALUE)
            .topK(Integer.MAX_VALUE)
            .topP(1)
            .minP(1)
            .repeatPenalty(Float.MAX_VALUE)
            .repeatLastN(Integer.MAX_VALUE)
            .seed(Long.MAX_VALUE)
            .maxTokens(Integer.MAX_VALUE)
            .build();
    assertEquals(0, least.topP());
    assertEquals(1, most.minP());
  }

  @Test
  void sessionDefaultsAreTheModelsContextAndAnExactCache() {
    SessionOptions defaults = SessionOptions.defaults();
    assertEquals(new SessionOptions(0, 128, KvCacheType.F32, KvCacheType.F32, false), defaults);
    assertEquals(
        new SessionOptions(5, 6, KvCacheType.F16, KvCacheType.F32, true),
        defaults
            .withContextLength(5)
            .withBatchSize(6)
            .withCacheTypes(KvCacheType.F16, KvCacheType.F32)
            .withOnCallingThread(true));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65_537})
  void refusesBatchSizesOutOfRange(int size) {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> SessionOptions.defaults().withBatchSize(size));
    assertTrue(refusal.getMessage().contains("batch size"), refusal.getMessage());
  }

  @Test
  void refusesANegativeContext() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> SessionOptions.defaults().withContextLength(-1));
    assertTrue(refusal.getMessage().contains("context length"), refusal.getMessage());
  }

  @Test
  void loadDefaultsLeaveEverythingToModelAndMachine() {
    LoadOptions defaults = LoadOptions.defaults();
    assertEquals(
        new LoadOptions(
            0,
            KernelChoice.AUTO,
            I2sLayout.X86_128,
            ActivationPrecision.MODEL,
            Optional.empty(),
            Optional.empty(),
            true,
            TernaryLayout.AUTO,
            ZeroSkipping.AUTO,
            false),
        defaults);
    assertEquals(
        new LoadOptions(
            3,
            KernelChoice.SCALAR,
            I2sLayout.ARM_64,
            ActivationPrecision.FLOAT,
            Optional.of("default"),
            Optional.of("chatml"),
            false,
            TernaryLayout.ROWS,
            ZeroSkipping.OFF,
            true),
        defaults
            .withThreads(3)
            .withKernels(KernelChoice.SCALAR)
            .withI2sLayout(I2sLayout.ARM_64)
            .withActivations(ActivationPrecision.FLOAT)
            .withPreTokenizer("default")
            .withChatTemplate("chatml")
            .withHeadIndex(false)
            .withTernaryLayout(TernaryLayout.ROWS)
            .withPinThreads(true)
            .withZeroSkipping(ZeroSkipping.OFF));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1_025})
  void refusesThreadsOutOfRange(int threads) {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> LoadOptions.defaults().withThreads(threads));
    assertTrue(refusal.getMessage().contains("threads"), refusal.getMessage());
  }

  @Test
  void usageComputesRates() {
    Usage usage = new Usage(110, 10, 11, 2_000_000_000L, 500_000_000L, 0, 0);
    assertEquals(50, usage.promptTokensPerSecond());
    assertEquals(20, usage.generatedTokensPerSecond());
    Usage nothing = new Usage(10, 10, 1, 5, 0, 0, 0);
    assertEquals(0, nothing.promptTokensPerSecond());
    assertEquals(0, nothing.generatedTokensPerSecond());
  }

  @Test
  void everyRefusalIsOneKindOfExceptionWithASentence() {
    List<TernException> all =
        List.of(
            new ModelFormatException("a.gguf: at byte 3: no"),
            new UnsupportedModelException("no"),
            new ContextLengthException(5, 4));
    for (TernException each : all) {
      assertFalse(each.getMessage().isEmpty());
    }
    assertEquals(5, ((ContextLengthException) all.getLast()).requested());
    assertEquals(4, ((ContextLengthException) all.getLast()).available());
  }
}
