package dev.tern.server.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A file of requests that has been read once and found right. Immutable.
public final class BatchInput {
  private static final int LONGEST_LINE = 8 << 20;
  private static final int DEEPEST_JSON = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST_JSON)
                          .maxStringLength(LONGEST_LINE)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path path;
  private final Set<String> urls;
  private final LineDigests digests;
  private final int count;

  private BatchInput(Path path, Set<String> urls, LineDigests digests, int count) {
    this.path = path;
    this.urls = urls;
    this.digests = digests;
    this.count = count;
  }

  /// Takes requests.
  @FunctionalInterface
  interface Reader {
    /// Takes the next one.
    ///
    /// @param line in the order of the file
    /// @throws IOException if no more are wanted, because answers cannot be kept
    /// @throws InterruptedException if this thread is interrupted while it waits
    void accept(BatchLine line) throws IOException, InterruptedException;
  }

  /// Reads a file and checks every line, so that a mistake in the last one is known before hours
  /// have been spent on the others. Empty lines are passed over.
  ///
  /// @param path JSON lines in UTF-8
  /// @param urls of the endpoints that answer
  /// @param model what answers call the model; a body that names another would be refused
  /// @throws IOException if the file cannot be read
  /// @throws BatchFileException if a line is wrong, or two have the same `custom_id`
  /// @throws InterruptedException if this thread is interrupted
  public static BatchInput check(Path path, Set<String> urls, String model)
      throws IOException, InterruptedException {
    LineDigests digests = new LineDigests();
    Set<String> ids = new HashSet<>();
    read(
        path,
        (number, bytes) -> {
          digests.add(bytes);
          BatchLine line = parse(path, number, bytes, urls);
          if (line == null) {
            return;
          }
          requireModel(path, number, line, model);
          if (!ids.add(line.customId())) {
            throw at(
                path, number, "another line has the custom_id '%s' too".formatted(line.customId()));
          }
        });
    if (ids.isEmpty()) {
      throw new BatchFileException("%s has no requests".formatted(path));
    }
    return new BatchInput(path, Set.copyOf(urls), digests, ids.size());
  }

  private static void requireModel(Path path, int number, BatchLine line, String model) {
    JsonNode named = line.body().path("model");
    if (named.isString() && !named.stringValue().equals(model)) {
      throw at(
          path,
          number,
          "body.model is '%s', but '%s' answers: name it with --alias, or leave the field out"
              .formatted(named.stringValue(), model));
    }
  }

  /// {@return how many requests there are}
  public int count() {
    return count;
  }

  /// {@return what tells these requests from others, in hexadecimal}
  String sha256Hex() {
    return digests.hex();
  }

  /// Reads the requests in order. None is given out that is not what was checked.
  ///
  /// @param reader given each
  /// @throws IOException if the file cannot be read, or as the reader
  /// @throws BatchFileException if it has changed meanwhile
  /// @throws InterruptedException as the reader
  void forEach(Reader reader) throws IOException, InterruptedException {
    int lines =
        read(
            path,
            (number, bytes) -> {
              if (!digests.matches(number - 1, bytes)) {
                throw changed(number);
              }
              BatchLine line = parse(path, number, bytes, urls);
              if (line != null) {
                reader.accept(line);
              }
            });
    if (lines != digests.count()) {
      throw changed(lines + 1);
    }
  }

  private BatchFileException changed(int number) {
    return at(path, number, "the file has changed while it was being answered");
  }

  private interface Lines {
    void accept(int number, byte[] line) throws IOException, InterruptedException;
  }

  /// {@return how many lines there are, the one after the last line feed included}
  private static int read(Path path, Lines lines) throws IOException, InterruptedException {
    try (InputStream file = Files.newInputStream(path);
        InputStream in = new BufferedInputStream(file, 1 << 16)) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      int number = 1;
      for (int octet = in.read(); octet >= 0; octet = in.read()) {
        if (octet == '\n') {
          lines.accept(number++, bytes.toByteArray());
          bytes.reset();
        } else if (bytes.size() == LONGEST_LINE) {
          throw at(path, number, "the line has more than %d bytes".formatted(LONGEST_LINE));
        } else {
          bytes.write(octet);
        }
      }
      lines.accept(number, bytes.toByteArray());
      return number;
    }
  }

  /// {@return a request; null for an empty line}
  private static @Nullable BatchLine parse(Path path, int number, byte[] line, Set<String> urls) {
    try {
      String text = utf8(line);
      return text.isBlank() ? null : BatchLine.of(MAPPER.readTree(text), urls);
    } catch (JacksonException wrong) {
      throw at(path, number, "not valid JSON: " + wrong.getOriginalMessage());
    } catch (CharacterCodingException wrong) {
      throw at(path, number, "not valid UTF-8");
    } catch (BatchFileException wrong) {
      throw at(path, number, String.valueOf(wrong.getMessage()));
    }
  }

  private static String utf8(byte[] bytes) throws CharacterCodingException {
    return UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT)
        .decode(ByteBuffer.wrap(bytes))
        .toString();
  }

  private static BatchFileException at(Path path, int number, String what) {
    return new BatchFileException("%s, line %d: %s".formatted(path, number, what));
  }
}
