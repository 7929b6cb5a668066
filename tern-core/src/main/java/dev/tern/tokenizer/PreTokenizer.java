package dev.tern.tokenizer;

import dev.tern.UnsupportedModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// The known ways to cut text into pieces before byte-level tokens are merged, by the names that
/// GGUF files give them in `tokenizer.ggml.pre`.
///
/// A model was trained with one of them and answers worse with another. Several regular expressions
/// are applied one after another: each cuts what the one before it left.
///
/// Source: llama.cpp, `src/llama-vocab.cpp`; the expressions themselves are those of the models'
/// `tokenizer.json`.
@SuppressWarnings("ImmutableEnumChecker") // The lists are made by List.of.
public enum PreTokenizer {
  /// Llama 3 and everything built on it, BitNet b1.58 2B4T among them.
  ///
  /// Engines disagree about the name `falcon3`: llama.cpp and ik_llama.cpp mean this one by it, and
  /// so does Tern; bitnet.cpp means [#FALCON_E].
  LLAMA_BPE(
      List.of("llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1"),
      true,
      true,
      Expressions.CONTRACTION
          + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + Expressions.SYMBOLS_AND_SPACES),

  /// Qwen 2, 2.5 and 3: numbers are cut into single digits.
  QWEN2(
      List.of("qwen2", "deepseek-r1-qwen"),
      false,
      false,
      Expressions.CONTRACTION
          + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
          + Expressions.SYMBOLS_AND_SPACES),

  /// Qwen 3.5 and later: combining marks belong to words.
  QWEN35(
      List.of("qwen35"),
      false,
      false,
      Expressions.CONTRACTION
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

  /// What llama.cpp falls back to where a file names none. No model was trained with it, but
  /// figures published for files without a name were made with it.
  DEFAULT(
      List.of("default"),
      false,
      false,
      "[\\p{P}\\$\\+<=>\\^~\\|]+",
      Expressions.GPT2,
      "\\p{N}+",
      "[0-9][0-9][0-9]"),

  /// The first Falcon family.
  FALCON(
      List.of("falcon"),
      false,
      false,
      "[\\p{P}\\$\\+<=>\\^~\\|`]+",
      Expressions.GPT2,
      "[0-9][0-9][0-9]"),

  /// Falcon-E, and what bitnet.cpp uses for Falcon 3 as well.
  FALCON_E(
      List.of("falcon_e", "falcon-e"),
      false,
      false,
      "[\\p{P}\\$\\+<=>\\^~\\|`]+",
      Expressions.GPT2,
      "[0-9]"),

  /// GPT-2 and the many that took its tokenizer's expression over.
  GPT2(List.of("gpt-2", "gpt2", "olmo", "mpt", "phi-2"), false, false, Expressions.GPT2),

  /// StarCoder and SmolLM: GPT-2's, but numbers are cut into single digits.
  STARCODER(List.of("starcoder", "smollm"), false, false, "\\p{N}", Expressions.GPT2);

  /// Compiling takes as long as cutting thousands of words.
  private static final Map<PreTokenizer, PreTokenization> COMPILED = new ConcurrentHashMap<>();

  private final List<String> names;
  private final boolean wholePieces;
  private final boolean addsBos;
  private final List<String> expressions;

  PreTokenizer(List<String> names, boolean wholePieces, boolean addsBos, String... expressions) {
    this.names = List.copyOf(names);
    this.wholePieces = wholePieces;
    this.addsBos = addsBos;
    this.expressions = List.of(expressions);
  }

  /// {@return the pre-tokenizer with a name}
  ///
  /// @param name as `tokenizer.ggml.pre` or a person gives it
  /// @throws UnsupportedModelException if none has it
  public static PreTokenizer named(String name) {
    for (PreTokenizer preTokenizer : values()) {
      if (preTokenizer.names.contains(name)) {
        return preTokenizer;
      }
    }
    String known =
        Arrays.stream(values())
            .flatMap(preTokenizer -> preTokenizer.names.stream())
            .collect(Collectors.joining(", "));
    throw new UnsupportedModelException(
        "the pre-tokenizer '%s' is not known; override it with one of %s, or use the model's tokenizer.json"
            .formatted(name, known));
  }

  /// {@return the name to show and to choose it by}
  public String displayName() {
    return names.getFirst();
  }

  /// {@return the regular expressions, each cutting what the one before it left}
  public List<String> expressions() {
    return expressions;
  }

  /// {@return whether a piece that is a token as a whole becomes that token without merging}
  public boolean wholePieces() {
    return wholePieces;
  }

  /// {@return whether models with it expect a beginning-of-text token where their file does not
  /// say}
  public boolean addsBos() {
    return addsBos;
  }

  /// {@return the pieces of a text, inside which tokens are merged; together they are the text}
  ///
  /// @param text any text
  public List<String> cut(String text) {
    List<String> cut = new ArrayList<>();
    COMPILED
        .computeIfAbsent(this, PreTokenizer::pieces)
        .start((whole, from, to, _) -> cut.add(whole.substring(from, to)))
        .split(text, true);
    return cut;
  }

  PreTokenization pieces() {
    List<PreTokenizerStep> steps = new ArrayList<>();
    for (String expression : expressions) {
      steps.add(new PreTokenizerStep.Split(OnigurumaRegex.compile(displayName(), expression)));
    }
    return new PreTokenization(steps);
  }

  /// Parts that several have in common; an enum's own constants cannot name its static fields.
  private static final class Expressions {
    static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    static final String SYMBOLS_AND_SPACES =
        "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    static final String GPT2 =
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)";
  }
}
