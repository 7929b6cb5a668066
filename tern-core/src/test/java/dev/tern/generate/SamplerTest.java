package dev.tern.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.ModelFormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final TokenHistory NOTHING = new TokenHistory();
  private static final float BANNED = Float.NEGATIVE_INFINITY;

  /// Everything that narrows the choice turned off.
  private static GenerationOptions.Builder plain() {
    return GenerationOptions.builder().temperature(1).topK(0).topP(1).minP(0);
  }

  private static TokenHistory history(int... tokens) {
    TokenHistory history = new TokenHistory();
    Arrays.stream(tokens).forEach(history::add);
    return history;
  }

  private static List<Float> adjusted(
      GenerationOptions.Builder options, TokenHistory history, float... logits) {
    new Sampler(options.build(), 1, Optional.empty()).sample(logits, history);
    List<Float> adjusted = new ArrayList<>();
    for (float logit : logits) {
      adjusted.add(logit);
    }
    return adjusted;
  }

  private static Set<Integer> everChosen(GenerationOptions options, float... logits) {
    Sampler sampler = new Sampler(options, 7, Optional.empty());
    Set<Integer> chosen = new HashSet<>();
    for (int i = 0; i < 2_000; i++) {
      chosen.add(sampler.sample(logits.clone(), NOTHING));
    }
    return chosen;
  }

  private static float[] logOf(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(probabilities[i]);
    }
    return logits;
  }

  @Test
  void takesTheLikeliestTokenAtTemperatureZeroAndTheLowerIdOfEquals() {
    Sampler greedy = new Sampler(GenerationOptions.greedy(), 1, Optional.empty());
    assertEquals(2, greedy.sample(new float[] {1, 2, 3, 0}, NOTHING));
    assertEquals(1, greedy.sample(new float[] {1, 3, 3, 0}, NOTHING));
    assertEquals(0, greedy.sample(new float[] {-0f, 0f}, NOTHING));
  }

  @Test
  void addsBiasesBeforeAnythingElse() {
    GenerationOptions.Builder options =
        plain().temperature(0).logitBias(0, 5).logitBias(1, BANNED).repeatPenalty(2);
    assertEquals(List.of(3f, BANNED, 2f), adjusted(options, history(0), 1, 9, 2));
    assertEquals(
        0,
        new Sampler(options.build(), 1, Optional.empty())
            .sample(new float[] {1, 9, 2}, history(0)));
  }

  @Test
  void dividesPositiveAndMultipliesNegativeLogitsByTheRepeatPenalty() {
    assertEquals(
        List.of(2f, -8f, 0f, 4f),
        adjusted(plain().repeatPenalty(2), history(0, 1, 2, 0), 4, -4, 0, 4));
  }

  @Test
  void subtractsPresenceOnceAndFrequencyForEachOccurrence() {
    GenerationOptions.Builder options = plain().presencePenalty(0.5f).frequencyPenalty(0.25f);
    assertEquals(List.of(1f, -0.25f, 0.25f), adjusted(options, history(1, 1, 1, 2), 1, 1, 1));
  }

  @ParameterizedTest
  @CsvSource({"0, 8, 8, 8", "1, 8, 8, 4", "2, 8, 4, 4", "-1, 4, 4, 4", "99, 4, 4, 4"})
  void penalizesOnlyTheWindow(int window, float first, float second, float third) {
    GenerationOptions.Builder options = plain().repeatPenalty(2).repeatLastN(window);
    assertEquals(List.of(first, second, third), adjusted(options, history(0, 1, 2), 8, 8, 8));
  }

  @Test
  void looksBackOverSixtyFourTokensByDefault() {
    int[] tokens = new int[65];
    tokens[0] = 1;
    assertEquals(List.of(4f, 8f), adjusted(plain().repeatPenalty(2), history(tokens), 8, 8));
  }

  @Test
  void choosesAmongTheKLikeliest() {
    float[] logits = {0, 3, 1, 3, 2};
    assertEquals(Set.of(1), everChosen(plain().topK(1).build(), logits));
    assertEquals(Set.of(1, 3), everChosen(plain().topK(2).build(), logits));
    assertEquals(Set.of(1, 3, 4), everChosen(plain().topK(3).build(), logits));
    assertEquals(Set.of(0, 1, 2, 3, 4), everChosen(plain().topK(0).build(), logits));
    assertEquals(Set.of(0, 1, 2, 3, 4), everChosen(plain().topK(99).build(), logits));
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0.49, 1", "0.51, 2", "0.79, 2", "0.81, 3", "0.96, 4", "1, 4"})
  void choosesAmongTheFewestThatReachTopP(float topP, int count) {
    float[] logits = logOf(0.15, 0.5, 0.05, 0.3);
    List<Integer> order = List.of(1, 3, 0, 2);
    assertEquals(
        Set.copyOf(order.subList(0, count)), everChosen(plain().topP(topP).build(), logits));
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "0.09, 4", "0.11, 3", "0.29, 3", "0.31, 2", "0.61, 1", "1, 1"})
  void choosesAmongThoseThatReachMinP(float minP, int count) {
    float[] logits = logOf(0.15, 0.5, 0.05, 0.3);
    List<Integer> order = List.of(1, 3, 0, 2);
    assertEquals(
        Set.copyOf(order.subList(0, count)), everChosen(plain().minP(minP).build(), logits));
  }

  /// Of equally likely tokens only so many count as are needed, those with the lowest ids.
  @Test
  void breaksTiesByTheLowerId() {
    float[] logits = new float[100];
    assertEquals(Set.of(0, 1, 2), everChosen(plain().topK(3).build(), logits));
    assertEquals(Set.of(0, 1), everChosen(plain().topP(0.015f).build(), logits));
    assertEquals(100, everChosen(plain().minP(1).build(), logits).size());
  }

  @Test
  void neverChoosesWhatIsRuledOut() {
    assertEquals(Set.of(1), everChosen(plain().build(), BANNED, 0, BANNED));
    assertEquals(Set.of(1), everChosen(plain().topK(2).build(), BANNED, 0, BANNED));
    assertEquals(Set.of(0, 2), everChosen(plain().logitBias(1, BANNED).build(), 0, 100, 0));
  }

  /// Every filter by its definition, over sorted lists of probabilities.
  private static List<Integer> candidates(GenerationOptions options, float[] logits) {
    List<Integer> left = new ArrayList<>();
    for (int id = 0; id < logits.length; id++) {
      left.add(id);
    }
    left.sort(Comparator.<Integer>comparingDouble(id -> -logits[id]).thenComparing(id -> id));
    if (options.topK() > 0) {
      left = left.subList(0, Math.min(options.topK(), left.size()));
    }
    double total = left.stream().mapToDouble(id -> Math.exp(logits[id])).sum();
    List<Integer> ofTopP = new ArrayList<>();
    double reached = 0;
    for (int id : left) {
      if (ofTopP.isEmpty() || options.topP() == 1 || reached < options.topP()) {
        ofTopP.add(id);
      }
      reached += Math.exp(logits[id]) / total;
    }
    double most = Math.exp(logits[ofTopP.getFirst()]);
    return ofTopP.stream().filter(id -> Math.exp(logits[id]) >= options.minP() * most).toList();
  }

  private static int pick(
      GenerationOptions options, List<Integer> left, float[] logits, double random) {
    double total = 0;
    for (int id : left) {
      total += Math.exp(logits[id] / options.temperature());
    }
    double sum = 0;
    for (int id : left) {
      sum += Math.exp(logits[id] / options.temperature()) / total;
      if (random < sum) {
        return id;
      }
    }
    return left.getLast();
  }

  /// The whole chain against its definition, with vocabularies for which the likeliest are sorted
  /// and such for which they are picked out.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 40, 1_000})
  void choosesWhatTheDefinitionChooses(int vocabulary) {
    Random random = new Random(vocabulary);
    for (int round = 0; round < 300; round++) {
      GenerationOptions options =
          GenerationOptions.builder()
              .temperature(0.1f + 2 * random.nextFloat())
              .topK(random.nextInt(60))
              .topP(random.nextInt(4) == 0 ? 1 : random.nextFloat())
              .minP(random.nextInt(4) == 0 ? 0 : random.nextFloat() / 4)
              .build();
      float[] logits = new float[vocabulary];
      for (int id = 0; id < vocabulary; id++) {
        // Coarse, so that there are ties.
        logits[id] = Math.round(8 * random.nextGaussian()) / 4f;
      }
      double drawn = new Random(round).nextDouble();
      int expected = pick(options, candidates(options, logits), logits, drawn);
      int actual = new Sampler(options, round, Optional.empty()).sample(logits.clone(), NOTHING);
      assertEquals(expected, actual, () -> options + " " + Arrays.toString(logits));
    }
  }

  @Test
  void choosesInProportionToTheProbabilitiesAtTheTemperature() {
    // At temperature 2 probabilities 0.64 and 0.16 become 0.8 and 0.4, that is 2 to 1.
    float[] logits = logOf(0.64, 0.16);
    Sampler sampler = new Sampler(plain().temperature(2).build(), 3, Optional.empty());
    int first = 0;
    for (int i = 0; i < 30_000; i++) {
      first += sampler.sample(logits.clone(), NOTHING) == 0 ? 1 : 0;
    }
    assertEquals(20_000, first, 300);
  }

  @Test
  void staysDeterminateAtExtremeTemperatures() {
    float[] logits = {1, 1.0001f, -50};
    assertEquals(Set.of(1), everChosen(plain().temperature(Float.MIN_VALUE).build(), logits));
    assertEquals(Set.of(0, 1, 2), everChosen(plain().temperature(Float.MAX_VALUE).build(), logits));
  }

  @Test
  void choosesTheSameWithTheSameSeedAndOthersWithAnother() {
    assertEquals(choices(5), choices(5));
    assertNotEquals(choices(5), choices(6));
  }

  private static List<Integer> choices(long seed) {
    Sampler sampler = new Sampler(plain().build(), seed, Optional.empty());
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      chosen.add(sampler.sample(new float[100], NOTHING));
    }
    return chosen;
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void blamesTheModelForLogitsThatNoSoundModelComputes(float wrong) {
    for (GenerationOptions options :
        List.of(GenerationOptions.greedy(), GenerationOptions.defaults())) {
      ModelFormatException refusal =
          assertThrows(
              ModelFormatException.class,
              () ->
                  new Sampler(options, 1, Optional.empty())
                      .sample(new float[] {0, wrong, 1}, NOTHING));
      assertTrue(refusal.getMessage().contains("token 1"), refusal.getMessage());
    }
  }

  @Test
  void saysSoWhenBiasesBanAllTokens() {
    GenerationOptions options = plain().logitBias(0, BANNED).logitBias(1, BANNED).build();
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Sampler(options, 1, Optional.empty()).sample(new float[] {0, 0}, NOTHING));
    assertTrue(refusal.getMessage().contains("ban"), refusal.getMessage());
  }

  /// Penalties and biases of any size shift the choice and never break it.
  @Test
  void survivesExtremeOptions() {
    GenerationOptions favoured =
        plain().frequencyPenalty(-Float.MAX_VALUE).presencePenalty(-Float.MAX_VALUE).build();
    Sampler sampler = new Sampler(favoured, 1, Optional.empty());
    for (int i = 0; i < 50; i++) {
      assertTrue(sampler.sample(new float[] {5, 1, 2}, history(1, 1, 2, 2)) > 0);
    }
    GenerationOptions mixed =
        plain()
            .frequencyPenalty(Float.MAX_VALUE)
            .presencePenalty(-Float.MAX_VALUE)
            .repeatPenalty(Float.MIN_NORMAL)
            .logitBias(1, Float.MAX_VALUE)
            .build();
    float[] logits = {BANNED, Float.MAX_VALUE, 0};
    assertEquals(1, new Sampler(mixed, 1, Optional.empty()).sample(logits, history(1, 1, 1)));
  }
}
