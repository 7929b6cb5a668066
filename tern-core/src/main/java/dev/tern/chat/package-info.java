/// Chat templates: how the messages of a conversation become the text a model was trained on.
///
/// ```java
/// ChatTemplate template = ChatTemplates.byName("chatml");
/// int[] ids = ChatEncoder.encode(template, messages, true, tokenizer);
/// ```
///
/// The families Tern knows are in [dev.tern.chat.ChatTemplates]; templates of other models, written
/// in Jinja, are rendered by a [dev.tern.chat.JinjaRenderer] from outside the core. What a person
/// types is never read as a special token, nor is what tools are called, take and answer. May use
/// `dev.tern.tokenizer`, `dev.tern.json` and the exceptions of `dev.tern`.
@NullMarked
package dev.tern.chat;

import org.jspecify.annotations.NullMarked;
