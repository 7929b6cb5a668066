package dev.tern.train.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Where the tokenizer of a model comes from.
public sealed interface TokenizerSettings {
  /// One that exists.
  ///
  /// @param path the folder with its files, which go with the trained model
  record Existing(Path path) implements TokenizerSettings {}

  /// One that is learnt from the text that the model is trained on.
  ///
  /// It has a beginning-of-text and an end-of-text token: `<|begin_of_text|>` and
  /// `<|end_of_text|>`, or of a SentencePiece one `<s>` and `</s>`.
  ///
  /// @param kind how it works
  /// @param size number of its tokens, special ones included
  /// @param marks further special tokens, such as `<|eot_id|>` for conversations; none of those
  ///   that it has anyway
  record Learnt(Kind kind, int size, List<String> marks) implements TokenizerSettings {
    /// Checks the size.
    ///
    /// @throws ConfigException if a vocabulary of this kind cannot be so small, or a mark cannot be
    public Learnt {
      marks = List.copyOf(marks);
      Check.atLeast("tokenizer.size", size, kind.least() + marks.size());
      Set<String> seen = new HashSet<>();
      for (String mark : marks) {
        if (mark.isBlank() || !mark.equals(mark.strip())) {
          throw new ConfigException(
              "tokenizer.marks: '%s' begins or ends with white space, or is empty; write it like <|eot_id|>"
                  .formatted(mark));
        }
        if (!seen.add(mark) || kind.ownMarks().contains(mark)) {
          throw new ConfigException(
              "tokenizer.marks: '%s' is there already; leave it out".formatted(mark));
        }
      }
    }

    /// One without further special tokens.
    ///
    /// @param kind how it works
    /// @param size number of its tokens, special ones included
    /// @throws ConfigException if a vocabulary of this kind cannot be so small
    public Learnt(Kind kind, int size) {
      this(kind, size, List.of());
    }
  }

  /// How a tokenizer works.
  @SuppressWarnings("ImmutableEnumChecker") // The lists are made by List.of.
  enum Kind {
    /// Byte-level BPE, as GPT-2, Llama 3 and BitNet 2B4T have it.
    BYTE_LEVEL(List.of("<|begin_of_text|>", "<|end_of_text|>"), 258),
    /// SentencePiece's BPE over characters, with bytes for those that are rare, as Llama 2 has it.
    SENTENCE_PIECE(List.of("<unk>", "<s>", "</s>"), 260);

    private final List<String> ownMarks;
    private final int least;

    Kind(List<String> ownMarks, int least) {
      this.ownMarks = ownMarks;
      this.least = least;
    }

    /// {@return the special tokens that every vocabulary of the kind has}
    public List<String> ownMarks() {
      return ownMarks;
    }

    private int least() {
      return least;
    }
  }
}
