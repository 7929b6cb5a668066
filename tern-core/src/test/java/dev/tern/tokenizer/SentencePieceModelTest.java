package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SentencePieceModelTest {
  /// Writes the wire format, as far as models need it.
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message varint(long value) {
      while ((value & ~0x7F) != 0) {
        bytes.write((int) ((value & 0x7F) | 0x80));
        value >>>= 7;
      }
      bytes.write((int) value);
      return this;
    }

    Message integer(int field, long value) {
      return varint((long) field << 3).varint(value);
    }

    Message real(int field, float value) {
      varint(((long) field << 3) | 5);
      bytes.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
      return this;
    }

    Message bytes(int field, byte[] value) {
      varint(((long) field << 3) | 2).varint(value.length);
      bytes.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes.toByteArray());
    }

    Message bytesOf(int octet, int count) {
      for (int i = 0; i < count; i++) {
        bytes.write(octet);
      }
      return this;
    }

    byte[] toBytes() {
      return bytes.toByteArray();
    }
  }

  private static Message piece(String text, float score, int type) {
    return new Message().text(1, text).real(2, score).integer(3, type);
  }

  private static Message tiny() {
    return new Message()
        .message(1, piece("<unk>", 0, 2))
        .message(1, piece("<s>", 0, 3))
        .message(1, piece("</s>", 0, 3))
        .message(1, piece("▁a", -1, 1))
        .message(1, new Message().text(1, "▁").real(2, -2))
        .message(1, piece("a", -3, 1))
        .message(2, trainer());
  }

  private static Message trainer() {
    return new Message().text(1, "ignored").integer(3, 2).integer(43, -1);
  }

  private static Message normalizer() {
    return new Message().text(1, "identity").bytes(2, new byte[0]).integer(3, 1).integer(4, 0);
  }

  private static Tokenizer read(Message model) {
    return SentencePieceModel.read("t.model", model.toBytes(), TokenizerConfig.NONE);
  }

  private static void refused(Class<? extends TernException> type, String message, Message model) {
    String actual = assertThrows(type, () -> read(model)).getMessage();
    assertTrue(actual.startsWith("t.model: ") && actual.contains(message), actual);
  }

  @Test
  void readsPiecesAndTheDefaultsOfTheFormat() {
    Tokenizer tokenizer = read(tiny());
    assertArrayEquals(new int[] {1, 3, 3}, tokenizer.encode("a  a ", EncodeOptions.PROMPT));
    assertEquals(OptionalInt.of(1), tokenizer.bosId());
    assertEquals(OptionalInt.of(2), tokenizer.eosId());
    assertEquals(OptionalInt.empty(), tokenizer.padId());
    assertEquals("SentencePiece BPE, 6 tokens", tokenizer.description());
  }

  @Test
  void honoursTheNormalizer() {
    assertArrayEquals(
        new int[] {3, 4, 3, 4},
        read(tiny().message(3, normalizer())).encode("a  a ", EncodeOptions.TEXT));
    assertArrayEquals(
        new int[] {5, 3},
        read(tiny().message(3, normalizer().integer(3, 0))).encode("a a", EncodeOptions.TEXT));
  }

  @Test
  void honoursTheIdsOfTheTrainer() {
    Tokenizer tokenizer =
        read(tiny().message(2, trainer().integer(41, -1).integer(42, 1).integer(43, 2)));
    assertEquals(OptionalInt.empty(), tokenizer.bosId());
    assertEquals(OptionalInt.of(1), tokenizer.eosId());
    assertEquals(OptionalInt.of(2), tokenizer.padId());
    assertArrayEquals(new int[] {3}, tokenizer.encode("a", EncodeOptions.PROMPT));
    refused(
        ModelFormatException.class,
        "the beginning-of-text token has the id",
        tiny().message(2, trainer().integer(41, 1000)));
    refused(
        ModelFormatException.class,
        "the end-of-text token has the id",
        tiny().message(2, trainer().integer(42, Long.MAX_VALUE)));
  }

  @Test
  void refusesByNameWhatItCannotDo() {
    Class<UnsupportedModelException> unsupported = UnsupportedModelException.class;
    refused(unsupported, "a Unigram model", tiny().message(2, trainer().integer(3, 1)));
    refused(unsupported, "a model of type 4", tiny().message(2, trainer().integer(3, 4)));
    refused(
        unsupported,
        "a model that marks the end of words",
        tiny().message(2, trainer().integer(24, 1)));
    refused(
        unsupported,
        "rules to normalize text",
        tiny().message(3, normalizer().bytes(2, new byte[8])));
    refused(
        unsupported,
        "rules to normalize text",
        tiny().message(5, new Message().bytes(2, new byte[8])));
    refused(unsupported, "does not mark spaces", tiny().message(3, normalizer().integer(5, 0)));
    refused(unsupported, "marked as unused", tiny().message(1, piece("x", 0, 5)));
    // Unigram is what the format means by saying nothing.
    refused(unsupported, "a Unigram model", new Message().message(1, piece("<unk>", 0, 2)));
  }

  @Test
  void refusesWhatContradictsItself() {
    Class<ModelFormatException> damaged = ModelFormatException.class;
    refused(damaged, "the model has no pieces", new Message().message(2, trainer()));
    refused(
        damaged, "one unknown piece, but has several", tiny().message(1, piece("<unk2>", 0, 2)));
    refused(
        damaged,
        "one unknown piece, but has none",
        new Message().message(1, piece("a", 0, 1)).message(2, trainer()));
    refused(damaged, "tokens 5 and 6 are both spelled 'a'", tiny().message(1, piece("a", 0, 1)));
    refused(damaged, "piece 6 has the type 9", tiny().message(1, piece("x", 0, 9)));
    refused(damaged, "piece 6 has the type -7", tiny().message(1, piece("x", 0, -7)));
    refused(damaged, "is said to be a byte", tiny().message(1, piece("<0xG0>", 0, 6)));
    refused(damaged, "the score of token 6 is NaN", tiny().message(1, piece("x", Float.NaN, 1)));
  }

  @Test
  void refusesDamagedFieldsWithTheirPlace() {
    Class<ModelFormatException> damaged = ModelFormatException.class;
    refused(damaged, "a length of 1000, but", tiny().varint(0x0A).varint(1000));
    refused(damaged, "a length of 18446744073709551615, but", tiny().varint(0x0A).varint(-1));
    refused(damaged, "a field has the number 0", tiny().varint(0).varint(0));
    refused(damaged, "a number of more than ten bytes", tiny().varint(9 << 3).bytesOf(0xFF, 11));
    refused(damaged, "has the wire type 3", tiny().varint(0x4B));
    refused(damaged, "a piece should have the wire type 2, but has 0", tiny().integer(1, 7));
    refused(
        damaged,
        "the score of a piece should have the wire type 5",
        tiny().message(1, new Message().integer(2, 7)));
    refused(
        damaged,
        "the model type should have the wire type 0",
        tiny().message(2, new Message().real(3, 7)));
  }

  @Test
  void readsUserDefinedPiecesAsTextOfTheirOwn() {
    Tokenizer tokenizer =
        read(
            tiny()
                .message(1, piece("▁▁", 0, 4))
                .message(1, piece("<w>", 0, 4))
                .message(3, normalizer()));
    // SentencePiece marks the text as a whole, and puts nothing in front of what follows a piece.
    assertArrayEquals(new int[] {3, 6, 5, 7, 5}, tokenizer.encode("a  a<w>a", EncodeOptions.TEXT));
    assertEquals("a  a<w>a", tokenizer.decode(3, 6, 5, 7, 5));
    assertEquals(OptionalInt.of(7), tokenizer.specialId("<w>"));
  }

  @Test
  void appendsTheTokensOfTheConfiguration() {
    TokenizerConfig config =
        config(
            new SpecialToken(1, "<s>", true),
            new SpecialToken(6, "<pad>", true),
            new SpecialToken(7, "</line>", false));
    Tokenizer tokenizer = SentencePieceModel.read("t.model", tiny().toBytes(), config);
    assertEquals(8, tokenizer.vocabularySize());
    assertArrayEquals(new int[] {3, 7, 3}, tokenizer.encode("a</line>a", EncodeOptions.TEXT));
    assertTrue(tokenizer.isControl(6));
    assertEquals(OptionalInt.of(6), tokenizer.padId());
    for (SpecialToken wrong :
        List.of(
            new SpecialToken(9, "<x>", true),
            new SpecialToken(1, "<t>", true),
            new SpecialToken(6, "<x>", true, true, false, false, false))) {
      assertThrows(
          TernException.class,
          () -> SentencePieceModel.read("t.model", tiny().toBytes(), config(wrong)));
    }
  }

  private static TokenizerConfig config(SpecialToken... added) {
    return new TokenizerConfig(
        Optional.of("<s>"),
        Optional.of("</s>"),
        added.length > 1 ? Optional.of("<pad>") : Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(added),
        Optional.empty());
  }

  @Test
  void refusesEveryPrefixOfAModel() {
    byte[] whole = tiny().toBytes();
    for (int length = 0; length < whole.length; length++) {
      byte[] prefix = Arrays.copyOf(whole, length);
      assertThrows(
          TernException.class,
          () -> SentencePieceModel.read("t.model", prefix, TokenizerConfig.NONE),
          "of " + length + " bytes");
    }
  }

  @Test
  void endsInItsOwnExceptionsForAnyChangeOfAModel() throws IOException {
    byte[] whole = Files.readAllBytes(Golden.file("pieces-unknown.model"));
    Random random = new Random(9);
    for (int round = 0; round < 6_000; round++) {
      byte[] changed = whole.clone();
      if (round < 8 * whole.length) {
        changed[round / 8 % whole.length] ^= (byte) (1 << (round % 8));
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      }
      try {
        SentencePieceModel.read("t.model", changed, TokenizerConfig.NONE)
            .encode("the tern", EncodeOptions.PROMPT);
      } catch (TernException expected) {
        assertTrue(expected.getMessage().startsWith("t.model: "), expected.getMessage());
      }
    }
  }
}
