/// The transformer: configuration, weights prepared for the chosen kernels, the forward pass and
/// the KV cache.
///
/// ```java
/// KvCache cache = new KvCache(arena, config, 4096, KvCacheType.F16, KvCacheType.F16);
/// Workspace workspace = transformer.workspace(arena, 128);
/// FloatMatrix logits = transformer.forward(tokens, tokens.length, cache, workspace, Logits.LAST);
/// ```
///
/// A pass can also take the next tokens of several texts ([dev.tern.model.Pass]), for which it
/// reads the weights once.
///
/// Caches can share the memory of a [dev.tern.model.KvPool], and blocks of it where their texts
/// begin alike.
///
/// Knows token ids and no text, tensors and no file: names and scale directions are settled by
/// `dev.tern.load`, sampling by `dev.tern.generate`. May use `dev.tern.kernel`, `dev.tern.quant`
/// and `dev.tern.tensor`.
@NullMarked
package dev.tern.model;

import org.jspecify.annotations.NullMarked;
