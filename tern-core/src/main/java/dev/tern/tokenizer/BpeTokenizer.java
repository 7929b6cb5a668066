package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.UnsupportedModelException;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/// The one tokenizer: a text goes through the [TextPipeline], its pieces through the
/// [PieceEncoder].
final class BpeTokenizer implements Tokenizer {
  private final String description;
  private final Vocabulary vocabulary;
  private final TextPipeline pipeline;
  private final PieceEncoder encoder;
  private final Edges edges;

  BpeTokenizer(
      String description,
      Vocabulary vocabulary,
      TextPipeline pipeline,
      PieceEncoder encoder,
      Edges edges) {
    this.description = description;
    this.vocabulary = vocabulary;
    this.pipeline = pipeline;
    this.encoder = encoder;
    this.edges = edges;
  }

  @Override
  public int vocabularySize() {
    return vocabulary.size();
  }

  @Override
  public int[] encode(String text, EncodeOptions options) {
    Encoding encoding = new Encoding(options.parseSpecial());
    if (options.addSpecial()) {
      edges.before().forEach(encoding::token);
    }
    try {
      encoding.run(UnicodeClasses.wellFormed(text));
    } catch (StackOverflowError tooDeep) {
      throw new UnsupportedModelException(
          "a regular expression of the tokenizer's file needs more stack than there is for a text of %d characters; tokenize it in parts, or choose a pre-tokenizer by its name"
              .formatted(text.length()));
    }
    if (options.addSpecial()) {
      edges.after().forEach(encoding::token);
    }
    return encoding.ids.toArray();
  }

  @Override
  public byte[] bytes(int id) {
    return vocabulary.bytes(id);
  }

  @Override
  public String piece(int id) {
    return vocabulary.piece(id);
  }

  @Override
  public boolean isControl(int id) {
    return vocabulary.type(Objects.checkIndex(id, vocabulary.size())).isControl();
  }

  @Override
  public boolean isEndOfGeneration(int id) {
    return edges.ends().contains(Objects.checkIndex(id, vocabulary.size()));
  }

  @Override
  public OptionalInt specialId(String text) {
    return pipeline.specialId(text);
  }

  @Override
  public OptionalInt bosId() {
    return edges.bos();
  }

  @Override
  public OptionalInt eosId() {
    return edges.eos();
  }

  @Override
  public OptionalInt padId() {
    return edges.pad();
  }

  @Override
  public boolean addsBos() {
    return edges.addsBos();
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public String decode(int... ids) {
    ByteList text = new ByteList();
    for (int id : ids) {
      vocabulary.write(id, text);
    }
    return text.textFrom(pipeline.takesFirstSpace() && text.startsWith(' ') ? 1 : 0);
  }

  @Override
  public TokenDecoder decoder(List<Integer> context) {
    TokenDecoder decoder = new StreamingDecoder(vocabulary, pipeline.takesFirstSpace());
    context.forEach(decoder::append);
    return decoder;
  }

  @Override
  public String toString() {
    return description;
  }

  /// The encoding of one text.
  private final class Encoding implements SpecialTokens.Sink, PreTokenization.Sink {
    private final boolean withControl;
    private final IdList ids = new IdList();
    private final SymbolMerger merger = new SymbolMerger();
    private final PreTokenization.Run pieces = pipeline.preTokenization().start(this);
    private byte[] utf8 = new byte[256];

    Encoding(boolean withControl) {
      this.withControl = withControl;
    }

    void run(String text) {
      pipeline.specials().split(text, withControl, this);
    }

    @Override
    public void token(int id) {
      ids.add(id);
    }

    @Override
    public void text(String text, int from, int to) {
      String normalized = pipeline.normalizer().apply(text.substring(from, to));
      if (pipeline.specialsAfterNormalizing().isEmpty()) {
        pieces.split(normalized, from == 0);
      } else {
        pipeline.specialsAfterNormalizing().split(normalized, withControl, normalizedSink(from));
      }
    }

    private SpecialTokens.Sink normalizedSink(int offset) {
      return new SpecialTokens.Sink() {
        @Override
        public void text(String text, int from, int to) {
          pieces.split(text.substring(from, to), offset == 0 && from == 0);
        }

        @Override
        public void token(int id) {
          ids.add(id);
        }
      };
    }

    @Override
    public void piece(String text, int from, int to, boolean inByteAlphabet) {
      int room = Math.multiplyExact(3, to - from);
      if (utf8.length < room) {
        utf8 = new byte[Math.max(room, 2 * utf8.length)];
      }
      int length = inByteAlphabet ? readLetters(text, from, to) : writeUtf8(text, from, to);
      encoder.encode(utf8, 0, length, merger, ids);
    }

    private int readLetters(String text, int from, int to) {
      for (int i = from; i < to; i++) {
        utf8[i - from] = (byte) ByteAlphabet.octet(text.charAt(i));
      }
      return to - from;
    }

    private int writeUtf8(String text, int from, int to) {
      for (int i = from; i < to; i++) {
        char c = text.charAt(i);
        if (c >= 0x80) {
          byte[] rest = text.substring(i, to).getBytes(UTF_8);
          System.arraycopy(rest, 0, utf8, i - from, rest.length);
          return i - from + rest.length;
        }
        utf8[i - from] = (byte) c;
      }
      return to - from;
    }
  }
}
