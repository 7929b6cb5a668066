/// Run 1-bit large language models: the face of Tern.
///
/// A [dev.tern.TernModel] is a file in memory. Generate once and forget:
///
/// ```java
/// try (TernModel model = TernModel.load(Path.of("model.gguf"))) {
///   System.out.println(model.generate("Once upon a time", GenerationOptions.defaults()).text());
/// }
/// ```
///
/// A [dev.tern.Session] is a text that grows and remembers what has been computed for it; a
/// [dev.tern.Chat] is a conversation in the format the model was trained on. Both hand out a
/// [dev.tern.Generation], whose tokens are computed as they are asked for and which any thread can
/// cancel. A [dev.tern.BatchEngine] answers many requests at once, as a server has to: each with
/// the text that it would get alone. A session also reads given texts:
/// [dev.tern.Session#logProbabilities] scores their tokens, a [dev.tern.Prediction] tells all that
/// the model expected at a place; generated tokens bring [dev.tern.TokenLogProbabilities] on
/// request. [dev.tern.TernModel#embed] makes a vector of each of many texts. Options are immutable
/// and have llama.cpp's defaults: [dev.tern.LoadOptions] for the model, [dev.tern.SessionOptions]
/// for the memory of a text, [dev.tern.GenerationOptions] for sampling and stopping,
/// [dev.tern.BatchOptions] for an engine, [dev.tern.EmbeddingOptions] for vectors.
///
/// **Threads.** A model and an engine are safe for use by many threads; sessions, chats and
/// generations belong to one thread each.
///
/// **Errors.** [dev.tern.ModelFormatException]: a file's bytes are wrong.
/// [dev.tern.UnsupportedModelException]: they are right, but Tern cannot run what they say.
/// [dev.tern.ContextLengthException]: a prompt does not fit. [dev.tern.QueueFullException]: an
/// engine has no room for another request. All four are [dev.tern.TernException]s. Nothing here
/// accepts or returns `null`.
///
/// This room joins all others of the core; no other room may use its classes except the value
/// types: options, results and exceptions.
@NullMarked
package dev.tern;

import org.jspecify.annotations.NullMarked;
