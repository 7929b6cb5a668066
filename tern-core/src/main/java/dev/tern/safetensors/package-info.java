/// The safetensors container: a JSON header and tensor data over mapped memory, read strictly and
/// written atomically; and models that are split over several such files.
///
/// ```java
/// try (SafetensorsFolder model = SafetensorsFolder.open(folder)) {
///   SafetensorsTensor embedding = model.require("model.embed_tokens.weight");
///   float[] row = new float[Math.toIntExact(embedding.shape().cols())];
///   embedding.readRow(0, row);
/// }
/// ```
///
/// Nothing here knows what a model is. May use `dev.tern.file`, `dev.tern.json`, `dev.tern.tensor`
/// and the exceptions of `dev.tern`. The format is described at
/// <https://github.com/huggingface/safetensors>; what is refused is what its Rust reader refuses.
@NullMarked
package dev.tern.safetensors;

import org.jspecify.annotations.NullMarked;
