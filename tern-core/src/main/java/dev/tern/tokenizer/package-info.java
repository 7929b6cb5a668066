/// Text to token ids and back: byte-level BPE and SentencePiece-style BPE, read from every file
/// they come in.
///
/// The entry type is [dev.tern.tokenizer.Tokenizer].
///
/// ```java
/// int[] ids = tokenizer.encode("Hello", EncodeOptions.TEXT);
/// String text = tokenizer.decode(ids);
/// ```
///
/// Knows nothing of models and tensors; chat formats are in `dev.tern.chat`. May use the exceptions
/// of `dev.tern` and `dev.tern.json`.
@NullMarked
package dev.tern.tokenizer;

import org.jspecify.annotations.NullMarked;
