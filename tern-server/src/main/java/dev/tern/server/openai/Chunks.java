package dev.tern.server.openai;

import dev.tern.server.api.Call;
import dev.tern.server.api.EventStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A stream of chunks, each with a piece of one text, and where asked one with what they cost. For
/// use by one thread.
final class Chunks {
  private final Call call;
  private final Heading heading;
  private final UsageCount usage;
  private final boolean includeUsage;
  private @Nullable EventStream stream;

  /// Prepares to send.
  ///
  /// @param call is answered
  /// @param heading of each chunk
  /// @param usage counts what the texts cost
  /// @param includeUsage whether to send that in a chunk of its own
  Chunks(Call call, Heading heading, UsageCount usage, boolean includeUsage) {
    this.call = call;
    this.heading = heading;
    this.usage = usage;
    this.includeUsage = includeUsage;
  }

  void begin() {
    stream = call.stream();
  }

  /// Sends a piece of a text.
  ///
  /// @param choice the piece
  /// @param last whether it is the last one of its text
  void send(ObjectNode choice, boolean last) {
    ObjectNode chunk = heading.write();
    chunk.putArray("choices").add(choice);
    if (includeUsage) {
      chunk.putNull("usage");
    } else if (last) {
      usage.writeTimings(chunk);
    }
    stream().data(chunk);
  }

  /// Shows that the server is alive.
  void quiet() {
    stream().comment("waiting");
  }

  /// Ends the stream.
  void finish() {
    if (includeUsage) {
      ObjectNode chunk = heading.write();
      chunk.putArray("choices");
      chunk.set("usage", usage.write());
      usage.writeTimings(chunk);
      stream().data(chunk);
    }
    stream().done();
  }

  private EventStream stream() {
    return Objects.requireNonNull(stream, "the stream has not begun");
  }
}
