package dev.tern.train.data;

import dev.tern.chat.ChatMessage;
import dev.tern.chat.Role;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads documents from JSON lines. Strict: every line that is not blank is one JSON object in
/// UTF-8. Other members than those that make the document are left alone.
final class JsonLinesReader {
  /// Calls of tools have no place in this format, so what tools answer would stand alone.
  private static final List<Role> TRAINED = List.of(Role.SYSTEM, Role.USER, Role.ASSISTANT);

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final Path file;
  private final boolean chat;
  private final Part.Sink sink;
  private final PassageCutter cutter;

  /// Makes a reader.
  ///
  /// @param chat whether lines are conversations rather than texts
  JsonLinesReader(Path file, boolean chat, Part.Sink sink) {
    this.file = file;
    this.chat = chat;
    this.sink = sink;
    cutter = new PassageCutter(sink, false, PassageCutter.LENGTH);
  }

  /// Reads all documents.
  ///
  /// @throws DataException if a line is not what it should be
  void read(InputStream stream) throws IOException {
    LineReader lines = new LineReader(file, stream);
    for (byte[] line = lines.next(); line != null; line = lines.next()) {
      byte[] json = lines.number() == 1 ? withoutMark(line) : line;
      if (!isBlank(json)) {
        document(json, "%s, line %d".formatted(file, lines.number()));
      }
    }
  }

  private static byte[] withoutMark(byte[] line) {
    int length = BYTE_ORDER_MARK.length;
    boolean marked =
        line.length >= length && Arrays.equals(line, 0, length, BYTE_ORDER_MARK, 0, length);
    return marked ? Arrays.copyOfRange(line, length, line.length) : line;
  }

  private static boolean isBlank(byte[] line) {
    for (byte octet : line) {
      if (octet != ' ' && octet != '\t' && octet != '\r') {
        return false;
      }
    }
    return true;
  }

  private void document(byte[] json, String place) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JacksonException wrong) {
      var location = wrong.getLocation();
      throw new DataException(
          "%s: not JSON%s: %s"
              .formatted(
                  place,
                  location == null ? "" : " at column " + location.getColumnNr(),
                  wrong.getOriginalMessage()),
          wrong);
    }
    if (!root.isObject()) {
      throw new DataException(
          "%s: should be a JSON object, but is %s".formatted(place, describe(root)));
    }
    if (chat) {
      sink.accept(new Part.Conversation(messages(root, place), place));
    } else {
      String text = string(root, "text", place);
      cutter.append(text, 0, text.length());
      cutter.endDocument();
    }
  }

  private static List<ChatMessage> messages(JsonNode root, String place) throws DataException {
    JsonNode list = root.get("messages");
    if (list == null || !list.isArray()) {
      throw new DataException(
          "%s: 'messages' should be a list of objects with 'role' and 'content', but is %s"
              .formatted(place, describe(list)));
    }
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode message : list) {
      String at = "%s: messages[%d]".formatted(place, messages.size());
      if (!message.isObject()) {
        throw new DataException(
            "%s should be an object with 'role' and 'content', but is %s"
                .formatted(at, describe(message)));
      }
      messages.add(
          new ChatMessage(role(string(message, "role", at), at), string(message, "content", at)));
    }
    if (messages.stream().noneMatch(message -> message.role() == Role.ASSISTANT)) {
      throw new DataException(
          "%s: the assistant says nothing in this conversation, so there is nothing to learn; take it out"
              .formatted(place));
    }
    return List.copyOf(messages);
  }

  private static Role role(String name, String at) throws DataException {
    return TRAINED.stream()
        .filter(role -> role.wireName().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new DataException(
                "%s: the role '%s' is not known; there are %s"
                    .formatted(
                        at,
                        name,
                        TRAINED.stream().map(Role::wireName).collect(Collectors.joining(", ")))));
  }

  private static String string(JsonNode object, String name, String place) throws DataException {
    JsonNode value = object.get(name);
    if (value == null || !value.isString()) {
      throw new DataException(
          "%s: '%s' should be a string, but is %s".formatted(place, name, describe(value)));
    }
    String text = value.stringValue();
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isSupplementaryCodePoint(text.codePointAt(i))) {
          throw new DataException(
              "%s: '%s' has half a surrogate pair, \\u%04x, which is no character"
                  .formatted(place, name, (int) text.charAt(i)));
        }
        i++;
      }
    }
    return text;
  }

  private static String describe(@Nullable JsonNode value) {
    if (value == null) {
      return "missing";
    }
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case STRING -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "a truth value";
      default -> "null";
    };
  }
}
