package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ActivationPrecision;
import dev.tern.GenerationOptions;
import dev.tern.I2sLayout;
import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.LoadOptions;
import dev.tern.SessionOptions;
import dev.tern.TernaryLayout;
import dev.tern.ZeroSkipping;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// What the shared options of the commands become in the Java API.
class SharedOptionsTest {
  private static SamplingFlags sampling(String... args) {
    return CommandLine.populateCommand(new SamplingFlags(), args);
  }

  private static LoadOptions load(String... args) {
    return CommandLine.populateCommand(new ModelOptions(), args).toLoadOptions();
  }

  @Test
  void everySamplingOptionBecomesItsField() {
    GenerationOptions options =
        sampling(
                "-n=5",
                "--temp=0.5",
                "--top-k=7",
                "--top-p=0.6",
                "--min-p=0.1",
                "--repeat-penalty=1.2",
                "--repeat-last-n=-1",
                "--presence-penalty=0.3",
                "--frequency-penalty=-0.4",
                "--logit-bias=5+1.5",
                "-l=6-inf",
                "-l=7-2",
                "--seed=42",
                "--stop=END",
                "-r=\n\n",
                "--ignore-eos")
            .toGenerationOptions();
    assertEquals(OptionalInt.of(5), options.maxTokens());
    assertEquals(0.5f, options.temperature());
    assertEquals(7, options.topK());
    assertEquals(0.6f, options.topP());
    assertEquals(0.1f, options.minP());
    assertEquals(1.2f, options.repeatPenalty());
    assertEquals(-1, options.repeatLastN());
    assertEquals(0.3f, options.presencePenalty());
    assertEquals(-0.4f, options.frequencyPenalty());
    assertEquals(Map.of(5, 1.5f, 6, Float.NEGATIVE_INFINITY, 7, -2f), options.logitBias());
    assertEquals(OptionalLong.of(42), options.seed());
    assertEquals(List.of("END", "\n\n"), options.stop());
    assertTrue(options.ignoreEos());
  }

  @Test
  void nothingGivenIsTheDefaults() {
    GenerationOptions options = sampling().toGenerationOptions();
    assertEquals(GenerationOptions.defaults().toString(), options.toString());
    assertEquals(OptionalInt.empty(), options.maxTokens());
    assertEquals(LoadOptions.defaults(), load());
    assertEquals(
        SessionOptions.defaults(),
        CommandLine.populateCommand(new SessionFlags()).toSessionOptions());
  }

  @Test
  void minusOneMeansNoLimitAndANewSeed() {
    GenerationOptions options = sampling("-n", "-1", "-s", "-1").toGenerationOptions();
    assertEquals(OptionalInt.empty(), options.maxTokens());
    assertEquals(OptionalLong.empty(), options.seed());
  }

  @Test
  void namesOfLlamaCppMeanTheSame() {
    assertEquals(OptionalInt.of(3), sampling("--n-predict", "3").toGenerationOptions().maxTokens());
    assertEquals(OptionalInt.of(3), sampling("--predict", "3").toGenerationOptions().maxTokens());
    assertEquals(List.of("x"), sampling("--reverse-prompt", "x").toGenerationOptions().stop());
    assertEquals(0.1f, sampling("--temperature", "0.1").toGenerationOptions().temperature());
  }

  @ParameterizedTest
  @CsvSource({
    "-n, -2",
    "--temp, -1",
    "--temp, NaN",
    "--temp, 1e40",
    "--top-k, -1",
    "--top-p, 1.5",
    "--min-p, -0.1",
    "--repeat-penalty, 0",
    "--repeat-last-n, -2",
    "--presence-penalty, Infinity",
    "--frequency-penalty, NaN",
    "--logit-bias, x",
    "--logit-bias, 5+",
    "--logit-bias, 5+inf",
    "--logit-bias, -5+1",
    "--logit-bias, 5+0x1p3"
  })
  void aValueThatMakesNoSenseIsRefusedByTheNameOfItsOption(String option, String value) {
    SamplingFlags flags = sampling(option + "=" + value);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, flags::toGenerationOptions);
    assertTrue(refusal.getMessage().startsWith(option + ": "), refusal.getMessage());
  }

  @Test
  void anEmptyStopTextIsRefused() {
    SamplingFlags flags = sampling("--stop", "");
    assertThrows(IllegalArgumentException.class, flags::toGenerationOptions);
  }

  @Test
  void sessionOptionsBecomeTheirFields() {
    SessionFlags flags =
        CommandLine.populateCommand(
            new SessionFlags(), "-c=100", "-b=7", "--cache-type-k=F16", "-ctv=F32");
    assertEquals(
        new SessionOptions(100, 7, KvCacheType.F16, KvCacheType.F32, false),
        flags.toSessionOptions());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c=-1", "-b=0", "-b=100000"})
  void sizesThatMakeNoSenseAreRefused(String arg) {
    SessionFlags flags = CommandLine.populateCommand(new SessionFlags(), arg);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, flags::toSessionOptions);
    assertTrue(refusal.getMessage().startsWith(arg.substring(0, 2) + ": "), refusal.getMessage());
  }

  @Test
  void modelOptionsBecomeTheirFields() {
    LoadOptions options =
        load(
            "-t=3",
            "--kernels=SCALAR",
            "--i2s-layout=ARM_64",
            "--activations=FLOAT",
            "--no-head-index",
            "--ternary-layout=TRIPLES",
            "--pin-threads",
            "--skip-zeros=ON");
    assertEquals(
        new LoadOptions(
            3,
            KernelChoice.SCALAR,
            I2sLayout.ARM_64,
            ActivationPrecision.FLOAT,
            Optional.empty(),
            Optional.empty(),
            false,
            TernaryLayout.TRIPLES,
            ZeroSkipping.ON,
            true),
        options);
    TextOptions text =
        CommandLine.populateCommand(
            new TextOptions(), "--pre-tokenizer=qwen2", "--chat-template=chatml");
    assertEquals(Optional.of("qwen2"), text.addTo(options).preTokenizer());
    assertEquals(Optional.of("chatml"), text.addTo(options).chatTemplate());
  }

  @Test
  void zeroAndMinusOneThreadsAreThePhysicalCores() {
    assertEquals(0, load("-t", "0").threads());
    assertEquals(0, load("-t", "-1").threads());
    assertThrows(IllegalArgumentException.class, () -> load("-t", "-2"));
    assertThrows(IllegalArgumentException.class, () -> load("-t", "5000"));
  }
}
