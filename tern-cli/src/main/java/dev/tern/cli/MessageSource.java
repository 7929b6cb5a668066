package dev.tern.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;

/// Where the messages of a conversation come from.
interface MessageSource extends AutoCloseable {
  /// {@return the next message, which may have several lines; empty when there are no more}
  ///
  /// @throws IOException if reading fails
  Optional<String> next() throws IOException;

  /// Where answers are written.
  PrintWriter out();

  /// Calls an action when Ctrl-C is pressed while an answer is written, until the returned handle
  /// is closed.
  Handle onInterrupt(Runnable action);

  @Override
  void close() throws IOException;

  /// Ends what [#onInterrupt] began.
  interface Handle extends AutoCloseable {
    @Override
    void close();
  }
}
