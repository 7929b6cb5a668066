package dev.tern.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Short names of models: those that Tern knows, and a person's own, which win. Immutable.
///
/// A catalogue is a file of sections. `model` is what [ModelReference#parse(String)] reads;
/// `description` and `licence` may be left out:
///
/// ```
/// # A comment
/// [bitnet-2b]
/// model = microsoft/bitnet-b1.58-2B-4T-gguf
/// description = BitNet b1.58 2B4T
/// licence = MIT
/// ```
public final class Catalogue {
  private static final String OWN = "catalogue.ini";
  private static final long LONGEST_FILE = 1 << 20;
  private static final Pattern SECTION = Pattern.compile("\\[([A-Za-z0-9][A-Za-z0-9._-]*)\\]");
  private static final Pattern SETTING = Pattern.compile("([a-z]+)\\s*=\\s*(.*)");

  private final Map<String, Entry> entries;

  /// A model with a short name.
  ///
  /// @param name the short name
  /// @param model where it is
  /// @param description what it is; empty if not said
  /// @param licence under which licence it is published; empty if not said
  public record Entry(String name, ModelReference model, String description, String licence) {}

  private Catalogue(Map<String, Entry> entries) {
    this.entries = entries;
  }

  /// Reads Tern's catalogue and a person's own.
  ///
  /// @param own the person's own, which need not exist
  /// @return both, the person's own entries last and in place of Tern's of the same name
  /// @throws HubException if the person's own cannot be read or is wrong; the message names the
  ///   line
  public static Catalogue read(Path own) throws HubException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    try (InputStream builtIn = Catalogue.class.getResourceAsStream(OWN)) {
      if (builtIn == null) {
        throw new IllegalStateException("the module lacks its " + OWN);
      }
      parse(new String(builtIn.readAllBytes(), StandardCharsets.UTF_8), OWN, entries);
      if (Files.exists(own)) {
        if (Files.size(own) > LONGEST_FILE) {
          throw wrong(own.toString(), 1, "a catalogue is not that long");
        }
        parse(Files.readString(own), own.toString(), entries);
      }
    } catch (HubException wrong) {
      throw wrong;
    } catch (IOException unreadable) {
      throw new HubException(
          HubException.Reason.CACHE,
          "the catalogue %s cannot be read (%s)".formatted(own, unreadable.getMessage()),
          unreadable);
    }
    return new Catalogue(entries);
  }

  private static void parse(String text, String file, Map<String, Entry> into) throws HubException {
    String name = "";
    int number = 0;
    Map<String, String> settings = new LinkedHashMap<>();
    for (String raw : text.lines().toList()) {
      number++;
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      Matcher section = SECTION.matcher(line);
      Matcher setting = SETTING.matcher(line);
      if (section.matches()) {
        finish(name, settings, file, number - 1, into);
        name = section.group(1);
        settings.clear();
      } else if (!setting.matches() || name.isEmpty()) {
        throw wrong(file, number, "expected [name] or key = value");
      } else if (!setting.group(1).matches("model|description|licence")) {
        throw wrong(
            file,
            number,
            "there is no key '%s'; there are model, description, licence"
                .formatted(setting.group(1)));
      } else if (settings.put(setting.group(1), unquoted(setting.group(2))) != null) {
        throw wrong(file, number, "%s is given twice".formatted(setting.group(1)));
      }
    }
    finish(name, settings, file, number, into);
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  private static void finish(
      String name, Map<String, String> settings, String file, int line, Map<String, Entry> into)
      throws HubException {
    if (name.isEmpty()) {
      return;
    }
    String model = settings.get("model");
    if (model == null) {
      throw wrong(file, line, "[%s] has no model = owner/name".formatted(name));
    }
    try {
      Entry entry =
          new Entry(
              name,
              ModelReference.parse(model),
              settings.getOrDefault("description", ""),
              settings.getOrDefault("licence", ""));
      into.remove(name);
      into.put(name, entry);
    } catch (IllegalArgumentException noReference) {
      throw new HubException(
          HubException.Reason.CHOICE,
          "%s, [%s]: %s".formatted(file, name, noReference.getMessage()),
          noReference);
    }
  }

  private static HubException wrong(String file, int line, String what) {
    return new HubException(
        HubException.Reason.CHOICE, "%s, line %d: %s".formatted(file, line, what));
  }

  /// {@return all entries by their names, in order}
  public Map<String, Entry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  /// {@return the model of a short name, which may be followed by `@revision` and `:selector`}
  ///
  /// @param text for example `bitnet-2b`
  /// @throws IllegalArgumentException if what follows a known name is wrong
  public Optional<ModelReference> find(String text) {
    int end = text.length();
    for (char mark : new char[] {'@', ':'}) {
      int at = text.indexOf(mark);
      end = at < 0 ? end : Math.min(end, at);
    }
    Entry entry = entries.get(text.substring(0, end));
    if (entry == null) {
      return Optional.empty();
    }
    if (end == text.length()) {
      return Optional.of(entry.model());
    }
    ModelReference model = entry.model();
    ModelReference given = ModelReference.parse(model.repository() + text.substring(end));
    boolean revision = !given.revision().equals(ModelReference.DEFAULT_REVISION);
    return Optional.of(
        new ModelReference(
            model.repository(),
            revision ? given.revision() : model.revision(),
            given.selector().isPresent() ? given.selector() : model.selector()));
  }
}
