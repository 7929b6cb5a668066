/// From a prompt to a text: the sampler chain, stop conditions and the generation loop.
///
/// [dev.tern.generate.TokenSequence] is a text that grows in a KV cache, or is read as given
/// ([dev.tern.generate.TextReading]); [dev.tern.generate.Sampler] chooses a token from logits;
/// [dev.tern.generate.TextAssembler] turns tokens into text that may be shown;
/// [dev.tern.generate.GenerationLoop] joins the three. [dev.tern.generate.BatchScheduler] does so
/// for many texts at once ([dev.tern.generate.BatchText]), which share passes, memory and what they
/// have in common.
///
/// Knows no file formats. May use `dev.tern.model`, `dev.tern.kernel`, `dev.tern.tokenizer`,
/// `dev.tern.grammar` and the value types of `dev.tern`.
@NullMarked
package dev.tern.generate;

import org.jspecify.annotations.NullMarked;
