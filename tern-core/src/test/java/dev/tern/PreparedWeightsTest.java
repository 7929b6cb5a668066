package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.KernelProvider;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Copies of weights that make a model faster change nothing that it writes.
class PreparedWeightsTest {
  private static final String PROMPT = "Once upon a time";

  /// A head just large enough for an index.
  private static final SyntheticShape WIDE_HEAD =
      new SyntheticShape("wide", "bitnet-b1.58", 256, 384, 1, 4, 2, 64, 65_536, 256, 10_000, 1e-5f);

  @TempDir Path folder;

  @Test
  void anIndexOfTheHeadChangesNoText() throws IOException {
    Path file = folder.resolve("wide.gguf");
    SyntheticModel.of(WIDE_HEAD).write(file);
    LoadOptions options = LoadOptions.defaults().withThreads(2);
    try (TernModel with = TernModel.load(file, options);
        TernModel without = TernModel.load(file, options.withHeadIndex(false))) {
      assertTrue(with.info().repackedBytes() >= 65_536L * 256 + without.info().repackedBytes());
      assertTrue(with.info().bytesPerToken() < without.info().bytesPerToken());
      for (GenerationOptions generation : generations()) {
        assertEquals(
            without.generate(PROMPT, generation).tokens(),
            with.generate(PROMPT, generation).tokens(),
            generation.toString());
      }
    }
  }

  private static List<GenerationOptions> generations() {
    GenerationOptions.Builder sampled =
        GenerationOptions.builder().seed(3).maxTokens(30).ignoreEos(true);
    return List.of(
        GenerationOptions.greedy().toBuilder().maxTokens(30).ignoreEos(true).build(),
        sampled.build(),
        sampled.repeatPenalty(1.3f).presencePenalty(0.2f).frequencyPenalty(0.1f).build(),
        sampled.temperature(0).logitBias(70, 2f).logitBias(71, Float.NEGATIVE_INFINITY).build(),
        sampled.temperature(1.5f).topK(0).topP(1).minP(0).build());
  }

  @Test
  void kernelsThatReadNoTriplesSaySo() throws IOException {
    Path file = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(file);
    LoadOptions options =
        LoadOptions.defaults()
            .withKernels(KernelChoice.SCALAR)
            .withTernaryLayout(TernaryLayout.TRIPLES);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> TernModel.load(file, options));
    assertTrue(refusal.getMessage().contains("read no triples"), refusal.getMessage());
  }

  @Test
  void triplesChangeNoText() throws IOException {
    Path file = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(file);
    LoadOptions options = LoadOptions.defaults().withThreads(2);
    LoadOptions triples = options.withTernaryLayout(TernaryLayout.TRIPLES);
    assumeTrue(
        KernelProvider.select(KernelChoice.AUTO).kernels().readsTriples(),
        "the kernels of this machine read no triples");
    try (TernModel with = TernModel.load(file, triples);
        TernModel without = TernModel.load(file, options)) {
      assertEquals("triples, as asked for", with.info().ternaryLayout());
      assertEquals("rows", without.info().ternaryLayout());
      assertTrue(with.info().repackedBytes() > without.info().repackedBytes());
      for (GenerationOptions generation : generations()) {
        assertEquals(
            without.generate(PROMPT, generation).tokens(),
            with.generate(PROMPT, generation).tokens());
      }
    }
  }

  @Test
  void skippingZerosChangesNoText() throws IOException {
    Path file = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(file);
    for (KernelChoice kernels : List.of(KernelChoice.AUTO, KernelChoice.SCALAR)) {
      LoadOptions options = LoadOptions.defaults().withThreads(2).withKernels(kernels);
      try (TernModel with = TernModel.load(file, options.withZeroSkipping(ZeroSkipping.ON));
          TernModel off = TernModel.load(file, options.withZeroSkipping(ZeroSkipping.OFF));
          TernModel without = TernModel.load(file, options)) {
        String description = with.info().zeroSkipping();
        assertTrue(description.matches("yes, as asked for: [3-7]\\d %.*"), description);
        assertEquals("no, as asked for", off.info().zeroSkipping());
        assertEquals("no", without.info().zeroSkipping());
        assertEquals(2 * 256 * 128 / 4, with.info().repackedBytes());
        assertTrue(with.info().bytesPerToken() < without.info().bytesPerToken());
        for (GenerationOptions generation : generations()) {
          assertEquals(
              without.generate(PROMPT, generation).tokens(),
              with.generate(PROMPT, generation).tokens());
        }
      }
    }
  }

  @Test
  void skippingZerosWithTriplesChangesNoText() throws IOException {
    assumeTrue(
        KernelProvider.select(KernelChoice.AUTO).kernels().readsTriples(),
        "the kernels of this machine read no triples");
    Path file = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(file);
    LoadOptions options = LoadOptions.defaults().withThreads(2);
    LoadOptions both =
        options.withTernaryLayout(TernaryLayout.TRIPLES).withZeroSkipping(ZeroSkipping.ON);
    try (TernModel with = TernModel.load(file, both);
        TernModel without = TernModel.load(file, options)) {
      for (GenerationOptions generation : generations()) {
        assertEquals(
            without.generate(PROMPT, generation).tokens(),
            with.generate(PROMPT, generation).tokens());
      }
    }
  }

  @Test
  void modelsWithoutSquaredReluRefuseToSkipZeros() throws IOException {
    Path file = folder.resolve("llama.gguf");
    SyntheticModel.of(SyntheticShape.TINY.withArchitecture("llama")).write(file);
    LoadOptions options = LoadOptions.defaults().withZeroSkipping(ZeroSkipping.ON);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> TernModel.load(file, options));
    assertTrue(refusal.getMessage().contains("(llama)"), refusal.getMessage());
  }
}
