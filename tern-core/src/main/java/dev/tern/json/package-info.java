/// A small strict JSON reader (RFC 8259) for the configuration and tokenizer files that come with
/// models.
///
/// The entry type is [dev.tern.json.Json].
///
/// ```java
/// JsonView config = Json.read(Path.of("config.json"));
/// int layers = config.get("num_hidden_layers").integer();
/// Optional<String> activation = config.find("hidden_act").map(JsonView::string);
/// ```
///
/// Knows nothing of models. Writes nothing: what needs to write JSON lives in modules that have a
/// library for it. May use the exceptions of `dev.tern`.
@NullMarked
package dev.tern.json;

import org.jspecify.annotations.NullMarked;
