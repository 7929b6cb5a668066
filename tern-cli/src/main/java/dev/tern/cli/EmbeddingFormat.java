package dev.tern.cli;

/// How `tern embed` writes vectors, with llama.cpp's names.
enum EmbeddingFormat {
  /// A line for each text: numbers with blanks between them.
  RAW,
  /// A JSON array of a line for each text.
  ARRAY,
  /// What OpenAI's embeddings API answers.
  JSON
}
