package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Reads tiktoken's rank files: a line for each token, its bytes in base64 and its rank.
///
/// Such a file says neither how text is cut nor which special tokens there are. For Llama 3, whose
/// `tokenizer.model` is one of 128,000 ranks, both are known.
///
/// Source: tiktoken, `tiktoken/load.py`; the special tokens of Llama 3 are those of Meta's
/// `llama/tokenizer.py`, in its order.
final class TiktokenRanks {
  private static final int LLAMA3_RANKS = 128_000;
  private static final int LLAMA3_SPECIALS = 256;
  private static final List<String> LLAMA3_FIRST_SPECIALS =
      List.of(
          "<|begin_of_text|>",
          "<|end_of_text|>",
          "<|reserved_special_token_0|>",
          "<|reserved_special_token_1|>",
          "<|reserved_special_token_2|>",
          "<|reserved_special_token_3|>",
          "<|start_header_id|>",
          "<|end_header_id|>",
          "<|reserved_special_token_4|>",
          "<|eot_id|>");

  private static final byte[] NO_TOKEN = {};

  private final String source;
  private final byte[] bytes;
  private final List<byte[]> tokens = new ArrayList<>();
  private int line;

  private TiktokenRanks(String source, byte[] bytes) {
    this.source = source;
    this.bytes = bytes;
  }

  /// Reads a rank file.
  ///
  /// @param source what to call it in messages
  /// @param preTokenizer how text is cut; only Llama 3 can do without
  static Tokenizer read(String source, byte[] bytes, Optional<PreTokenizer> preTokenizer) {
    return new TiktokenRanks(source, bytes).read(preTokenizer);
  }

  private Tokenizer read(Optional<PreTokenizer> preTokenizer) {
    readLines();
    requireAllBytes();
    boolean llama3 = tokens.size() == LLAMA3_RANKS;
    if (!llama3 && preTokenizer.isEmpty()) {
      throw new UnsupportedModelException(
          "%s: a rank file with %d tokens does not say how text is cut into pieces; name the pre-tokenizer, or use the model's tokenizer.json"
              .formatted(source, tokens.size()));
    }
    int[] types = typesWithSpecials(llama3 ? LLAMA3_SPECIALS : 0);
    TokenizerBuilder builder =
        TokenizerBuilder.ranks(source, tokens)
            .types(types)
            .preTokenizer(preTokenizer.orElse(PreTokenizer.LLAMA_BPE));
    if (llama3) {
      builder.bosId(LLAMA3_RANKS).eosId(LLAMA3_RANKS + 1).addBos(true);
    }
    return builder.build();
  }

  private int[] typesWithSpecials(int specials) {
    int[] types = new int[tokens.size() + specials];
    for (int id = 0; id < tokens.size(); id++) {
      types[id] = tokens.get(id).length == 0 ? TokenType.UNUSED.id() : TokenType.NORMAL.id();
    }
    for (int i = 0; i < specials; i++) {
      types[tokens.size()] = TokenType.CONTROL.id();
      tokens.add(llama3Special(i).getBytes(UTF_8));
    }
    return types;
  }

  private static String llama3Special(int number) {
    // The ten at the front use up the reserved tokens 0 to 4.
    return number < LLAMA3_FIRST_SPECIALS.size()
        ? LLAMA3_FIRST_SPECIALS.get(number)
        : "<|reserved_special_token_" + (number - 5) + "|>";
  }

  private void readLines() {
    int start = 0;
    while (start < bytes.length) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      line++;
      int content = end > start && bytes[end - 1] == '\r' ? end - 1 : end;
      if (content > start) {
        readLine(start, content);
      }
      start = end + 1;
    }
  }

  private void readLine(int start, int end) {
    int space = start;
    while (space < end && bytes[space] != ' ') {
      space++;
    }
    byte[] token;
    int rank;
    try {
      token = Base64.getDecoder().decode(Arrays.copyOfRange(bytes, start, space));
      rank = Integer.parseInt(new String(bytes, space, end - space, ISO_8859_1).strip());
    } catch (IllegalArgumentException malformed) {
      throw new ModelFormatException(
          "%s: line %d should be a token in base64, a space and its rank".formatted(source, line),
          malformed);
    }
    if (token.length == 0 || rank < 0 || rank > Vocabulary.MAX_ID) {
      throw new ModelFormatException(
          "%s: line %d: a token of %d bytes with the rank %d"
              .formatted(source, line, token.length, rank));
    }
    while (tokens.size() <= rank) {
      tokens.add(NO_TOKEN);
    }
    if (tokens.set(rank, token).length > 0) {
      throw new ModelFormatException(
          "%s: line %d: the rank %d occurs twice".formatted(source, line, rank));
    }
  }

  private void requireAllBytes() {
    boolean[] present = new boolean[256];
    for (byte[] token : tokens) {
      if (token.length == 1) {
        present[token[0] & 0xFF] = true;
      }
    }
    for (int octet = 0; octet < present.length; octet++) {
      if (!present[octet]) {
        throw new ModelFormatException(
            "%s: there is no token for the byte %02x".formatted(source, octet));
      }
    }
  }
}
