package dev.tern.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.TokenDecoder;
import dev.tern.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// A vocabulary that a test makes up: any bytes, one token that ends a text (the last) and one that
/// is a mark without text (the last but one).
final class FakeTokenizer implements Tokenizer {
  private final List<byte[]> tokens;
  private final boolean takesFirstSpace;

  FakeTokenizer(List<byte[]> texts, boolean takesFirstSpace) {
    tokens = new ArrayList<>(texts);
    tokens.add(new byte[0]);
    tokens.add(new byte[0]);
    this.takesFirstSpace = takesFirstSpace;
  }

  /// All bytes, and some texts.
  static FakeTokenizer ofBytesAnd(String... texts) {
    List<byte[]> all = new ArrayList<>();
    for (int octet = 0; octet < 256; octet++) {
      all.add(new byte[] {(byte) octet});
    }
    for (String text : texts) {
      all.add(text.getBytes(UTF_8));
    }
    return new FakeTokenizer(all, false);
  }

  int end() {
    return tokens.size() - 1;
  }

  int control() {
    return tokens.size() - 2;
  }

  @Override
  public int vocabularySize() {
    return tokens.size();
  }

  @Override
  public int[] encode(String text, EncodeOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public byte[] bytes(int id) {
    return tokens.get(id).clone();
  }

  @Override
  public String piece(int id) {
    return new String(tokens.get(id), UTF_8);
  }

  @Override
  public boolean isControl(int id) {
    return id >= control();
  }

  @Override
  public OptionalInt specialId(String text) {
    return OptionalInt.empty();
  }

  @Override
  public OptionalInt bosId() {
    return OptionalInt.empty();
  }

  @Override
  public OptionalInt eosId() {
    return OptionalInt.of(end());
  }

  @Override
  public OptionalInt padId() {
    return OptionalInt.empty();
  }

  @Override
  public boolean isEndOfGeneration(int id) {
    return id == end();
  }

  @Override
  public boolean addsBos() {
    return false;
  }

  @Override
  public String description() {
    return "fake";
  }

  @Override
  public String decode(int... ids) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int id : ids) {
      all.writeBytes(bytes(id));
    }
    String text = all.toString(UTF_8);
    return takesFirstSpace && text.startsWith(" ") ? text.substring(1) : text;
  }

  @Override
  public TokenDecoder decoder(List<Integer> context) {
    int[] before = context.stream().mapToInt(Integer::intValue).toArray();
    boolean begins = decode(before).isEmpty();
    return new TokenDecoder() {
      private final List<Integer> all = new ArrayList<>();

      @Override
      public String append(int id) {
        all.add(id);
        return "";
      }

      @Override
      public String finish() {
        int[] ids = all.stream().mapToInt(Integer::intValue).toArray();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id : ids) {
          bytes.writeBytes(FakeTokenizer.this.bytes(id));
        }
        return begins ? decode(ids) : bytes.toString(UTF_8);
      }
    };
  }
}
