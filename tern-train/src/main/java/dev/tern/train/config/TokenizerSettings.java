package dev.tern.train.config;

import java.nio.file.Path;

/// Where the tokenizer of a model comes from.
public sealed interface TokenizerSettings {
  /// One that exists.
  ///
  /// @param path a tokenizer's file, a folder with one, or a GGUF file
  record Existing(Path path) implements TokenizerSettings {}

  /// One that is learnt from the text that the model is trained on.
  ///
  /// @param kind how it works
  /// @param size number of its tokens, special ones included
  record Learnt(Kind kind, int size) implements TokenizerSettings {
    /// Checks the size.
    ///
    /// @throws ConfigException if a vocabulary of this kind cannot be so small
    public Learnt {
      Check.atLeast("tokenizer.size", size, kind == Kind.BYTE_LEVEL ? 258 : 260);
    }
  }

  /// How a tokenizer works.
  enum Kind {
    /// Byte-level BPE, as GPT-2, Llama 3 and BitNet 2B4T have it.
    BYTE_LEVEL,
    /// SentencePiece's BPE over characters, with bytes for those that are rare, as Llama 2 has it.
    SENTENCE_PIECE
  }
}
