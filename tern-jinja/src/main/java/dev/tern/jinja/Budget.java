package dev.tern.jinja;

/// What reading and rendering a template may still cost: templates come from files of strangers.
///
/// One unit is an evaluated expression, an executed statement, or a character or element that was
/// looked at or made; so time and memory are both bounded by it.
final class Budget {
  private static final long UNITS = 20_000_000;

  /// Long conversations may cost more: an ordinary template touches each character about ten times.
  private static final long UNITS_PER_INPUT_CHARACTER = 64;

  /// Keeps recursion (nested expressions, macros that call themselves) far from the end of a
  /// thread's stack; published templates nest about 20 deep.
  private static final int MAX_DEPTH = 200;

  private long left;
  private int depth;

  /// @param inputCharacters the length of the template and the conversation
  Budget(long inputCharacters) {
    left = UNITS + UNITS_PER_INPUT_CHARACTER * inputCharacters;
  }

  /// Takes units before the work is done.
  void spend(long units) {
    if (units > left) {
      throw new TemplateException("it needs more time or memory than a chat template may take");
    }
    left -= units;
  }

  /// Takes what looking for a text in another may cost where the first characters often agree.
  void spendSearch(long textLength, long soughtLength) {
    long starts = Math.max(0, textLength - soughtLength);
    spend(textLength + starts * soughtLength / 64);
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new TemplateException(
          "it is nested or calls itself more than %d levels deep".formatted(MAX_DEPTH));
    }
  }

  void leave() {
    depth--;
  }
}
