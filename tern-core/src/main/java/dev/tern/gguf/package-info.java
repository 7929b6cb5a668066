/// The GGUF container: header, metadata and tensor directory over mapped memory, read strictly and
/// written atomically.
///
/// ```java
/// try (GgufFile file = GgufFile.open(path)) {
///   String architecture = file.metadata().requireString("general.architecture");
///   Tensor embedding = file.requireTensor("token_embd.weight");
/// }
/// ```
///
/// Nothing here knows what a model is or what a tensor's numbers mean. May use `dev.tern.file`,
/// `dev.tern.tensor` and the exceptions of `dev.tern`. The format is described at
/// <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.
@NullMarked
package dev.tern.gguf;

import org.jspecify.annotations.NullMarked;
