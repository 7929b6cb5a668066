package dev.tern.hub;

import dev.tern.hub.ByteRanges.Range;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Fetches parts of one file, and believes no answer that does not fit its question. Safe for use
/// by many threads.
final class PartDownload {
  /// What an attempt must bring to count as one that got somewhere.
  private static final long ENOUGH = 64 << 10;

  static final long EVENT_INTERVAL_NANOS = 100_000_000;

  /// What a link to another host answers when its time is over.
  private static final Set<Integer> EXPIRED = Set.of(400, 401, 403, 404, 410);

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

  private final PullTools tools;
  private final FileOrigin origin;
  private final RemoteFile file;
  private final PartialFile partial;
  private final boolean checkTags;
  private final AtomicLong lastEvent = new AtomicLong(System.nanoTime());

  /// Where the hub last led to; asked directly, until it refuses.
  private volatile @Nullable URI shortcut;

  PartDownload(
      PullTools tools, FileOrigin origin, RemoteFile file, PartialFile partial, boolean checkTags) {
    this.tools = tools;
    this.origin = origin;
    this.file = file;
    this.partial = partial;
    this.checkTags = checkTags;
  }

  /// How far a part has come.
  private static final class Cursor {
    private long at;
    private final long end;
    private long brought;

    Cursor(Range part) {
      at = part.from();
      end = part.to();
    }
  }

  /// Fetches a part.
  ///
  /// @param mayBeWhole whether to take the whole file from a server that does not know ranges
  /// @return false if it was the whole file
  boolean fetch(Range part, boolean mayBeWhole) throws IOException {
    Cursor cursor = new Cursor(part);
    int failures = 0;
    while (cursor.at < cursor.end) {
      cursor.brought = 0;
      try (HubResponse answer = ask(cursor)) {
        if (answer.status() == 200 && (mayBeWhole || isWhole(part))) {
          readWhole(answer, cursor);
          return false;
        }
        readPart(answer, cursor);
      } catch (TransientFailure failure) {
        failures = cursor.brought >= ENOUGH ? 1 : failures + 1;
        tools.retries().pause("fetching " + file.name(), failure, failures);
      }
    }
    partial.save();
    return true;
  }

  private boolean isWhole(Range part) {
    return part.length() == file.size();
  }

  private HubResponse ask(Cursor cursor) throws IOException {
    Map<String, String> range = Map.of("Range", "bytes=%d-%d".formatted(cursor.at, cursor.end - 1));
    URI direct = shortcut;
    if (direct != null) {
      HubResponse answer = tools.client().send("GET", direct, range);
      if (!EXPIRED.contains(answer.status())) {
        return checked(answer);
      }
      answer.close();
      shortcut = null;
    }
    HubResponse answer = tools.client().send("GET", origin.address(file.name()), range);
    if (answer.status() / 100 == 2 && !tools.client().isHub(answer.uri())) {
      shortcut = answer.uri();
    }
    return checked(answer);
  }

  /// Refuses what is no content, or not this content.
  private HubResponse checked(HubResponse answer) throws IOException {
    try {
      if (answer.status() == 416) {
        throw lie(answer, "it is shorter than the %d bytes it should have".formatted(file.size()));
      }
      if (answer.status() != 200 && answer.status() != 206) {
        throw origin.refusal(answer);
      }
      Optional<String> encoding =
          answer.header("Content-Encoding").filter(name -> !name.equalsIgnoreCase("identity"));
      if (encoding.isPresent()) {
        throw lie(
            answer, "it comes packed (%s), which was not asked for".formatted(encoding.get()));
      }
      Optional<String> linked = answer.linkedTag();
      if (linked.isPresent() && !linked.get().equals(file.checksum().hex())) {
        throw lie(answer, "the hub names another checksum than a moment ago");
      }
      Optional<String> tag = answer.header("ETag").filter(text -> !text.startsWith("W/"));
      if (checkTags && tag.isPresent() && !partial.acceptTag(HubResponse.bareTag(tag.get()))) {
        throw new ContentChangedException("the server has something else than it had before");
      }
      return answer;
    } catch (IOException refusal) {
      answer.close();
      throw refusal;
    }
  }

  private HubException lie(HubResponse answer, String what) {
    return new HubException(
        HubException.Reason.PROTOCOL,
        "%s does not send %s of %s as it should: %s; try again later"
            .formatted(answer.uri().getHost(), file.name(), origin.title(), what));
  }

  private void readPart(HubResponse answer, Cursor cursor) throws IOException {
    if (answer.status() == 200) {
      throw new TransientFailure("the server sent the whole file where a part was asked for");
    }
    Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range").orElse(""));
    if (!range.matches()) {
      throw lie(answer, "it does not say which part it sends");
    }
    long end = Long.parseLong(range.group(2)) + 1;
    boolean fits =
        Long.parseLong(range.group(1)) == cursor.at
            && end > cursor.at
            && end <= cursor.end
            && (range.group(3).equals("*") || Long.parseLong(range.group(3)) == file.size());
    if (!fits) {
      throw lie(
          answer,
          "asked for bytes %d-%d/%d, it says it sends %s"
              .formatted(cursor.at, cursor.end - 1, file.size(), range.group()));
    }
    read(answer, cursor, end);
  }

  private void readWhole(HubResponse answer, Cursor cursor) throws IOException {
    OptionalLong length = answer.contentLength();
    if (length.isPresent() && length.getAsLong() != file.size()) {
      throw lie(
          answer,
          "it has %d bytes where the hub promises %d".formatted(length.getAsLong(), file.size()));
    }
    Cursor all = new Cursor(new Range(0, file.size()));
    try {
      read(answer, all, file.size());
    } finally {
      cursor.brought = all.brought;
    }
  }

  private void read(HubResponse answer, Cursor cursor, long end) throws IOException {
    while (true) {
      Optional<List<ByteBuffer>> buffers = answer.body().next(tools.options().timeout());
      if (buffers.isEmpty()) {
        if (cursor.at < end) {
          throw new TransientFailure(
              "the connection ended %d bytes early".formatted(end - cursor.at));
        }
        return;
      }
      for (ByteBuffer buffer : buffers.get()) {
        int length = buffer.remaining();
        if (length > end - cursor.at) {
          throw lie(answer, "more bytes come than it promised");
        }
        cursor.brought += write(buffer, cursor.at);
        cursor.at += length;
      }
      report();
    }
  }

  private long write(ByteBuffer bytes, long position) throws IOException {
    try {
      return partial.write(bytes, position);
    } catch (ClosedByInterruptException interrupted) {
      InterruptedIOException stopped =
          new InterruptedIOException("interrupted while writing " + file.name());
      stopped.initCause(interrupted);
      throw stopped;
    } catch (IOException full) {
      throw new HubException(
          HubException.Reason.CACHE,
          "%s cannot be written to %s (%s): make room, or %s; what has arrived is kept"
              .formatted(
                  file.name(), tools.options().cache(), full.getMessage(), origin.elsewhere()),
          full);
    }
  }

  private void report() {
    long now = System.nanoTime();
    long last = lastEvent.get();
    if (now - last >= EVENT_INTERVAL_NANOS && lastEvent.compareAndSet(last, now)) {
      tools.listener().on(new PullEvent.Progress(file.name(), partial.present(), file.size()));
    }
  }
}
