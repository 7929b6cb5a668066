package dev.tern.train.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.UnsupportedModelException;
import dev.tern.chat.ChatTemplate;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Turns documents into tokens.
///
/// A document begins as a prompt does: with the beginning-of-text token where the tokenizer adds
/// one. It ends with the end-of-text token. Where there is none, the beginning of the next document
/// is all that tells them apart. Immutable; safe for use by many threads.
final class DocumentEncoder {
  /// A text that begins with it has its tokens and then those of the rest: tokenizers cut after the
  /// end of a line.
  private static final String LINE_END = "\n";

  private final Tokenizer tokenizer;
  private final OptionalInt opening;
  private final OptionalInt closing;
  private final int[] lineEnd;
  private final @Nullable ConversationEncoder conversations;

  /// Makes an encoder.
  ///
  /// @param chat how conversations are written, if there are any
  /// @throws UnsupportedModelException if the tokenizer has nothing to tell documents apart with
  DocumentEncoder(Tokenizer tokenizer, Optional<ChatTemplate> chat) {
    this.tokenizer = tokenizer;
    closing = tokenizer.eosId();
    opening = tokenizer.addsBos() || closing.isEmpty() ? tokenizer.bosId() : OptionalInt.empty();
    if (opening.isEmpty() && closing.isEmpty()) {
      throw new UnsupportedModelException(
          "the tokenizer (%s) has neither a beginning-of-text nor an end-of-text token, so documents cannot be told apart; name one in its tokenizer_config.json"
              .formatted(tokenizer.description()));
    }
    lineEnd = tokenizer.encode(LINE_END, EncodeOptions.TEXT);
    conversations = chat.map(template -> new ConversationEncoder(tokenizer, template)).orElse(null);
  }

  /// The tokens of a part.
  ///
  /// @throws DataException if the template cannot write a conversation
  EncodedPart encode(Part part) throws DataException {
    return switch (part) {
      case Part.Passage passage -> encode(passage);
      case Part.Conversation conversation -> encode(conversation);
    };
  }

  private EncodedPart encode(Part.Passage passage) {
    List<EncodedPart.Run> runs = new ArrayList<>();
    if (passage.opens()) {
      addEdge(runs, opening, true);
      runs.add(new EncodedPart.Run(tokenizer.encode(passage.text(), EncodeOptions.TEXT), true));
    } else {
      runs.add(new EncodedPart.Run(continued(passage.text()), true));
    }
    if (passage.closes()) {
      addEdge(runs, closing, true);
    }
    byte[] utf8 = passage.text().getBytes(UTF_8);
    return new EncodedPart(runs, utf8, utf8.length, passage.opens(), passage.closes());
  }

  /// The tokens that a text has behind another: without what a tokenizer does at the beginning.
  private int[] continued(String text) {
    if (text.isEmpty()) {
      return new int[0];
    }
    int[] ids = tokenizer.encode(LINE_END + text, EncodeOptions.TEXT);
    int length = lineEnd.length;
    return ids.length > length && Arrays.equals(ids, 0, length, lineEnd, 0, length)
        ? Arrays.copyOfRange(ids, length, ids.length)
        : tokenizer.encode(text, EncodeOptions.TEXT);
  }

  private EncodedPart encode(Part.Conversation conversation) throws DataException {
    if (conversations == null) {
      throw new DataException(
          "%s: a conversation needs a chat template, and the tokenizer has none; add a chat_template to its tokenizer_config.json, or name a known one"
              .formatted(conversation.place()));
    }
    List<EncodedPart.Run> runs = new ArrayList<>();
    addEdge(runs, opening, false);
    runs.addAll(conversations.encode(conversation));
    if (!conversations.endsTurns(runs.getLast().ids())) {
      addEdge(runs, closing, true);
    }
    return new EncodedPart(
        runs,
        ConversationEncoder.content(conversation),
        ConversationEncoder.answerBytes(conversation),
        true,
        true);
  }

  private static void addEdge(List<EncodedPart.Run> runs, OptionalInt id, boolean learnt) {
    id.ifPresent(token -> runs.add(new EncodedPart.Run(new int[] {token}, learnt)));
  }
}
