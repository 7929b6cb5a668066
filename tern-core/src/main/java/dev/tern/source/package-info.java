/// A model before it is loaded: metadata in GGUF's terms and tensors under GGUF's names, whatever
/// the files that hold it. Running a model and converting it both begin here.
///
/// ```java
/// try (ModelSource model = ModelSource.open(path)) { // a GGUF file or a Hugging Face folder
///   String architecture = model.metadata().requireString("general.architecture");
///   SourceTensor query = model.require("blk.0.attn_q.weight");
/// }
/// ```
///
/// Tensors stay in the mapped files where they can, and are made when they are asked for where they
/// must change: packed and master weights become ternary codes, query and key rows of Llama are
/// reordered. Hugging Face's names, scale directions and configuration files are known here and
/// nowhere else.
///
/// Nothing here computes. May use `dev.tern.gguf`, `dev.tern.safetensors`, `dev.tern.json`,
/// `dev.tern.quant`, `dev.tern.tensor` and `dev.tern.tokenizer`.
@NullMarked
package dev.tern.source;

import org.jspecify.annotations.NullMarked;
