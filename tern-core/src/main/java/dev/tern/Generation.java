package dev.tern;

import dev.tern.generate.GenerationLoop;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// A text in the making: its tokens, one after another, each computed when it is asked for.
///
/// ```java
/// Generation generation = session.start("Once upon a time", GenerationOptions.greedy());
/// while (generation.hasNext()) {
///   System.out.print(generation.next().text());
/// }
/// ```
///
/// To be used by one thread, except [#cancel()].
public final class Generation implements Iterator<Token> {
  private final Session session;
  private final GenerationLoop loop;
  private final Consumer<GenerationResult> whenEnded;
  private boolean ended;

  Generation(Session session, GenerationLoop loop, Consumer<GenerationResult> whenEnded) {
    this.session = session;
    this.loop = loop;
    this.whenEnded = whenEnded;
  }

  /// {@return whether there is another token; computes the prompt when first called}
  ///
  /// @throws ContextLengthException if the prompt does not fit
  /// @throws IllegalStateException if the session or its model has been closed, or a newer
  ///   generation of the session has begun
  @Override
  public boolean hasNext() {
    if (ended) {
      return false;
    }
    boolean more = session.compute(this, loop::hasNext);
    if (!more) {
      ended = true;
      whenEnded.accept(loop.result());
    }
    return more;
  }

  /// {@return the next token}
  ///
  /// @throws NoSuchElementException if there is none
  /// @throws ContextLengthException if the prompt does not fit
  /// @throws IllegalStateException if the session or its model has been closed, or a newer
  ///   generation of the session has begun
  @Override
  public Token next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the generation has ended: " + loop.result().stopReason());
    }
    return session.compute(this, loop::next);
  }

  /// {@return the tokens as a stream, to be used once}
  public Stream<Token> stream() {
    int characteristics = Spliterator.ORDERED | Spliterator.NONNULL;
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, characteristics), false);
  }

  /// Ends the generation after the token, or the batch of the prompt, that is being computed. May
  /// be called from any thread.
  public void cancel() {
    loop.cancel();
  }

  /// Generates what is left.
  ///
  /// @return the whole generation
  public GenerationResult finish() {
    while (hasNext()) {
      next();
    }
    return loop.result();
  }

  /// {@return the generation so far; one that has not ended counts as cancelled}
  public GenerationResult result() {
    return loop.result();
  }
}
