package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.tokenizer.PreTokenizerStep.Behavior;
import dev.tern.tokenizer.PreTokenizerStep.Metaspace;
import dev.tern.tokenizer.PreTokenizerStep.Metaspace.Prefix;
import dev.tern.tokenizer.PreTokenizerStep.Split;
import java.util.List;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/// Cuts ordinary text into the pieces inside which tokens are merged, by several steps of which
/// each cuts what the one before it left.
///
/// Immutable; every text needs a [Run] of its own.
final class PreTokenization {
  private final List<PreTokenizerStep> steps;

  /// Prepares some steps; none leave a text whole.
  PreTokenization(List<PreTokenizerStep> steps) {
    boolean spelledForNobody =
        !steps.isEmpty() && steps.getLast() instanceof PreTokenizerStep.Bytes;
    this.steps = List.copyOf(spelledForNobody ? steps.subList(0, steps.size() - 1) : steps);
  }

  /// Receives the pieces, in order.
  interface Sink {
    /// Takes a piece, never empty.
    ///
    /// @param inByteAlphabet whether its characters are letters of [ByteAlphabet]
    void piece(String text, int from, int to, boolean inByteAlphabet);
  }

  Run start(Sink sink) {
    return new Run(sink);
  }

  /// A text that is being cut.
  ///
  /// @param isFirst whether the whole text begins with it
  /// @param inByteAlphabet whether its characters are letters of [ByteAlphabet]
  private record Stretch(String text, boolean isFirst, boolean inByteAlphabet) {}

  /// The pre-tokenization of one text. Not safe for use by several threads.
  final class Run {
    private final Sink sink;
    private final @Nullable Matcher[] matchers = new Matcher[steps.size()];

    private Run(Sink sink) {
      this.sink = sink;
    }

    /// Cuts a stretch of text.
    ///
    /// @param isFirst whether the whole text begins with it
    void split(String text, boolean isFirst) {
      cut(0, new Stretch(text, isFirst, false), 0, text.length());
    }

    /// Applies a step and those after it to a part of a stretch.
    private void cut(int number, Stretch stretch, int from, int to) {
      if (from >= to) {
        return;
      }
      if (number == steps.size()) {
        sink.piece(stretch.text, from, to, stretch.inByteAlphabet);
        return;
      }
      switch (steps.get(number)) {
        case Split split -> cutAtMatches(number, split, stretch, from, to);
        case PreTokenizerStep.SpacePrefix _ -> {
          String piece = stretch.text.substring(from, to);
          String prefixed = piece.startsWith(" ") ? piece : " " + piece;
          cutAll(number + 1, new Stretch(prefixed, stretch.isFirst && from == 0, false));
        }
        case PreTokenizerStep.Bytes _ -> {
          byte[] utf8 = stretch.text.substring(from, to).getBytes(UTF_8);
          boolean isFirst = stretch.isFirst && from == 0;
          cutAll(number + 1, new Stretch(ByteAlphabet.spell(utf8), isFirst, true));
        }
        case Metaspace metaspace -> {
          String piece = stretch.text.substring(from, to);
          cutAtMarks(number, metaspace, piece, stretch.isFirst && from == 0);
        }
      }
    }

    private void cutAll(int number, Stretch stretch) {
      cut(number, stretch, 0, stretch.text.length());
    }

    private void cutAtMarks(int number, Metaspace metaspace, String piece, boolean isFirst) {
      char mark = metaspace.mark();
      String marked = piece.replace(' ', mark);
      boolean prefixed =
          metaspace.prefix() == Prefix.ALWAYS || (metaspace.prefix() == Prefix.FIRST && isFirst);
      if (prefixed && marked.charAt(0) != mark) {
        marked = mark + marked;
      }
      Stretch stretch = new Stretch(marked, isFirst, false);
      int start = 0;
      for (int i = 1; i < marked.length() && metaspace.cuts(); i++) {
        if (marked.charAt(i) == mark) {
          cut(number + 1, stretch, start, i);
          start = i;
        }
      }
      cut(number + 1, stretch, start, marked.length());
    }

    private void cutAtMatches(int number, Split split, Stretch stretch, int from, int to) {
      Matcher matcher = matcher(number, split, stretch.text).region(from, to);
      if (split.behavior() == Behavior.ISOLATED) {
        int done = from;
        while (matcher.find()) {
          cut(number + 1, stretch, done, matcher.start());
          cut(number + 1, stretch, matcher.start(), matcher.end());
          done = matcher.end();
        }
        cut(number + 1, stretch, done, to);
      } else {
        joinMatches(new Joiner(number + 1, split, stretch, from), matcher, from, to);
      }
    }

    private static void joinMatches(Joiner joiner, Matcher matcher, int from, int to) {
      int done = from;
      while (matcher.find()) {
        joiner.take(done, matcher.start(), false);
        joiner.take(matcher.start(), matcher.end(), true);
        done = matcher.end();
      }
      joiner.take(done, to, false);
      joiner.finish();
    }

    private Matcher matcher(int number, Split split, String text) {
      Matcher matcher = matchers[number];
      if (matcher == null) {
        matcher = split.pattern().matcher(text);
        matchers[number] = matcher;
      }
      return matcher.reset(text);
    }

    /// Joins matches and the stretches between them into pieces, as the behavior wants it.
    private final class Joiner {
      private final int nextStep;
      private final Split split;
      private final Stretch stretch;

      /// The piece that may still grow.
      private int start;

      private int end;
      private boolean endsInMatch;

      Joiner(int nextStep, Split split, Stretch stretch, int from) {
        this.nextStep = nextStep;
        this.split = split;
        this.stretch = stretch;
        start = from;
        end = from;
      }

      void take(int from, int to, boolean matched) {
        if (from >= to) {
          return;
        }
        boolean isMatch = matched != split.inverted();
        boolean joins =
            start < end
                && switch (split.behavior()) {
                  case ISOLATED, REMOVED -> false;
                  case MERGED_WITH_PREVIOUS -> isMatch && !endsInMatch;
                  case MERGED_WITH_NEXT -> !isMatch && endsInMatch;
                  case CONTIGUOUS -> isMatch == endsInMatch;
                };
        if (!joins) {
          finish();
          start = from;
        }
        end = split.behavior() == Behavior.REMOVED && isMatch ? start : to;
        endsInMatch = isMatch;
      }

      void finish() {
        cut(nextStep, stretch, start, end);
      }
    }
  }
}
