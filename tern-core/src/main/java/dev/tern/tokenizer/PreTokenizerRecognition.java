package dev.tern.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Recognizes a known pre-tokenizer by what it does to texts that tell all of them apart, however
/// its file spells the expressions.
final class PreTokenizerRecognition {
  private static final List<String> PROBES =
      List.of(
          "It's 1 12 123 1234 1234567 DON'T we'LL I'm they've you'd 'sup",
          "  two  spaces\ttab \n\n\r\n  lines \n",
          "a,b;c!? (x) [y] {z} \"q\" `t` $5 +6 <7> =8 ^9 ~|",
          "naïve café e\u0301 Ünïcödé Привет 你好世界 こんにちは กำ नमस्ते",
          "emoji \uD83E\uDD99\uD83D\uDE80! \u2160\u2161 ½ ² \u0663\u0664\u0665",
          "word\n!?\r\n---\n    indented code();\n\n\n",
          "...\n\n'tis '' `` -- __init__ #tag @at 3.14e-10 0xFF",
          " ' s'S'LL x'y z \u00A0\u2003 end ");

  private PreTokenizerRecognition() {}

  /// {@return the known pre-tokenizer that cuts as some steps do}
  ///
  /// @param steps those of a byte-level tokenizer
  static Optional<PreTokenizer> recognize(List<PreTokenizerStep> steps) {
    List<List<String>> expected = cut(new PreTokenization(steps));
    for (PreTokenizer known : PreTokenizer.values()) {
      if (cut(known.pieces()).equals(expected)) {
        return Optional.of(known);
      }
    }
    return Optional.empty();
  }

  private static List<List<String>> cut(PreTokenization preTokenization) {
    List<List<String>> all = new ArrayList<>();
    for (String probe : PROBES) {
      List<String> pieces = new ArrayList<>();
      preTokenization
          .start((text, from, to, _) -> pieces.add(text.substring(from, to)))
          .split(probe, true);
      all.add(pieces);
    }
    return all;
  }
}
