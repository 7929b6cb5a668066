package dev.tern.generate;

import dev.tern.tokenizer.TokenDecoder;
import java.util.List;

/// Turns sampled tokens into text that may be shown, and watches for stop texts, which may begin in
/// one token and end in another.
///
/// Text is held back as long as it could be the beginning of a stop text. Not safe for use by
/// several threads.
public final class TextAssembler {
  private final TokenDecoder decoder;
  private final List<String> stopTexts;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /// Starts at the end of a prompt.
  ///
  /// @param decoder gives the text of tokens
  /// @param stopTexts none of them empty
  public TextAssembler(TokenDecoder decoder, List<String> stopTexts) {
    this.decoder = decoder;
    this.stopTexts = List.copyOf(stopTexts);
  }

  /// {@return the text that may be shown now that this token is known}
  ///
  /// @param token the next token
  public String append(int token) {
    return take(decoder.append(token), false);
  }

  /// {@return the text that was held back when nothing follows any more}
  public String finish() {
    return stopped ? "" : take(decoder.finish(), true);
  }

  /// {@return whether a stop text has appeared}
  public boolean stopped() {
    return stopped;
  }

  private String take(String text, boolean last) {
    if (stopTexts.isEmpty()) {
      return text;
    }
    held.append(text);
    int stop = earliestStop();
    if (stop >= 0) {
      stopped = true;
      String shown = held.substring(0, stop);
      held.setLength(0);
      return shown;
    }
    int keep = last ? 0 : longestBeginningOfStop();
    String shown = held.substring(0, held.length() - keep);
    held.delete(0, held.length() - keep);
    return shown;
  }

  private int earliestStop() {
    int earliest = -1;
    for (String stop : stopTexts) {
      int at = held.indexOf(stop);
      if (at >= 0 && (earliest < 0 || at < earliest)) {
        earliest = at;
      }
    }
    return earliest;
  }

  private int longestBeginningOfStop() {
    int longest = 0;
    for (String stop : stopTexts) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (stop.startsWith(held.substring(held.length() - length))) {
          longest = length;
        }
      }
    }
    return longest;
  }
}
