/// Chat templates: how the messages of a conversation become the text a model was trained on.
///
/// ```java
/// ChatTemplate template = ChatTemplates.byName("chatml");
/// int[] ids = ChatEncoder.encode(template, messages, true, tokenizer);
/// ```
///
/// The families Tern knows are in [dev.tern.chat.ChatTemplates]; templates of other models, written
/// in Jinja, are rendered by a [dev.tern.chat.JinjaRenderer] from outside the core. What a person
/// types is never read as a special token. May use `dev.tern.tokenizer` and the exceptions of
/// `dev.tern`.
@NullMarked
package dev.tern.chat;

import org.jspecify.annotations.NullMarked;
