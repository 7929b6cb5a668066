/// Text to token ids and back: byte-level BPE and SentencePiece-style BPE, read from every file
/// they come in.
///
/// The entry types are [dev.tern.tokenizer.Tokenizer], which does the work,
/// [dev.tern.tokenizer.Tokenizers], which reads one from the files of a checkpoint, and
/// [dev.tern.tokenizer.TokenizerBuilder], which makes one from the metadata of a model file.
///
/// ```java
/// Tokenizer tokenizer = Tokenizers.load(Path.of("Llama3-8B-1.58"));
/// int[] ids = tokenizer.encode("Hello", EncodeOptions.TEXT);
/// String text = tokenizer.decode(ids);
/// ```
///
/// Knows nothing of models, tensors and containers; chat formats are in `dev.tern.chat`. May use
/// the exceptions of `dev.tern` and `dev.tern.json`.
@NullMarked
package dev.tern.tokenizer;

import org.jspecify.annotations.NullMarked;
