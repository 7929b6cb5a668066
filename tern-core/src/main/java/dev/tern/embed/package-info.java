/// From the tokens of texts to vectors: passes over many texts, and pooling.
///
/// ```java
/// EmbeddingPasses passes = new EmbeddingPasses(transformer, arena, texts, Pooling.LAST, 128);
/// while (passes.remaining()) {
///   passes.step();
/// }
/// List<float[]> states = passes.vectors();
/// ```
///
/// Knows no text, no file and no sampling. May use `dev.tern.model`, `dev.tern.kernel` and the
/// value types of `dev.tern`.
@NullMarked
package dev.tern.embed;

import org.jspecify.annotations.NullMarked;
