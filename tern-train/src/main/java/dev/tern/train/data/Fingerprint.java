package dev.tern.train.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.TernException;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.ChatTemplate;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.OptionalInt;

/// Digests of what decides which tokens a file has, SHA-256.
///
/// A tokenizer is told from others by its tokens, by what it does with each as text, and by what it
/// makes of texts that pre-tokenizers cut differently. A chat template is told by what it writes.
final class Fingerprint {
  private static final List<String> PROBES =
      List.of(
          "It's 1 12 123 1234 1234567 DON'T we'LL I'm they've you'd",
          "  two  spaces\ttab \n\n\r\n  lines \n",
          "a,b;c!? (x) [y] {z} \"q\" `t` $5 +6 <7> =8 ^9 ~|",
          "naïve café e\u0301 Ünïcödé Привет 你好世界 こんにちは नमस्ते",
          "emoji \uD83E\uDD99\uD83D\uDE80! \u2160\u2161 ½ ² \u0663\u0664\u0665",
          "<s> </s> <|endoftext|> <|eot_id|> \u2581 \u2581\u2581x");

  private final MessageDigest digest = sha256();

  /// A new SHA-256, which every Java has.
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("this Java has no SHA-256", missing);
    }
  }

  Fingerprint add(String text) {
    return add(text.getBytes(UTF_8));
  }

  /// Adds the length too, so that no two lists of things look like one.
  Fingerprint add(byte[] bytes) {
    add(bytes.length);
    digest.update(bytes);
    return this;
  }

  Fingerprint add(int number) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).flip());
    return this;
  }

  Fingerprint add(Tokenizer tokenizer) {
    add(tokenizer.description()).add(tokenizer.addsBos() ? 1 : 0);
    for (OptionalInt id : List.of(tokenizer.bosId(), tokenizer.eosId())) {
      add(id.orElse(-1));
    }
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      String piece = tokenizer.piece(id);
      add(piece).add(tokenizer.bytes(id));
      add((tokenizer.isControl(id) ? 1 : 0) + (tokenizer.isEndOfGeneration(id) ? 2 : 0));
      add(tokenizer.encode(piece, EncodeOptions.TEXT));
    }
    for (String probe : PROBES) {
      add(tokenizer.encode(probe, EncodeOptions.TEXT));
    }
    return this;
  }

  private void add(int[] numbers) {
    add(numbers.length);
    for (int number : numbers) {
      add(number);
    }
  }

  Fingerprint add(ChatTemplate template) {
    add(template.name());
    for (List<ChatMessage> messages :
        List.of(
            List.of(ChatMessage.user(" a ")),
            List.of(ChatMessage.system("b\n"), ChatMessage.user("c"), ChatMessage.assistant("d")),
            List.of(
                ChatMessage.user("e"), ChatMessage.assistant("<think>f</think>g"),
                ChatMessage.user("h"), ChatMessage.assistant("i")))) {
      for (boolean prompt : new boolean[] {false, true}) {
        add(rendered(template, messages, prompt));
      }
    }
    return this;
  }

  /// Templates may refuse conversations; that too is what they do.
  private static String rendered(
      ChatTemplate template, List<ChatMessage> messages, boolean prompt) {
    try {
      return template.render(messages, prompt).toString();
    } catch (TernException refused) {
      return "refused: " + refused.getMessage();
    }
  }

  byte[] bytes() {
    return digest.digest();
  }
}
