package dev.tern.hub;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Which names may become names of files here, on every operating system that Tern runs on.
final class FileNames {
  private static final int LONGEST_SEGMENT = 240;
  private static final int LONGEST_NAME = 1000;
  private static final String FORBIDDEN = "\\:*?\"<>|";
  private static final Pattern RESERVED =
      Pattern.compile("(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\\..*)?");

  private FileNames() {}

  /// {@return why a name with slashes must not become the name of a file; empty if it may}
  static Optional<String> objection(String name) {
    if (name.isEmpty()) {
      return Optional.of("it is empty");
    }
    if (name.length() > LONGEST_NAME) {
      return Optional.of("it is too long");
    }
    for (String segment : name.split("/", -1)) {
      Optional<String> objection = objectionToSegment(segment);
      if (objection.isPresent()) {
        return objection;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> objectionToSegment(String segment) {
    if (segment.isEmpty()) {
      return Optional.of("a part of it is empty");
    }
    if (segment.chars().allMatch(letter -> letter == '.')) {
      return Optional.of("it leads to another folder");
    }
    if (segment
        .chars()
        .anyMatch(letter -> Character.isISOControl(letter) || FORBIDDEN.indexOf(letter) >= 0)) {
      return Optional.of("it has a character that file names must not have everywhere");
    }
    if (segment.chars().anyMatch(letter -> Character.isSurrogate((char) letter))
        && !StandardCharsets.UTF_8.newEncoder().canEncode(segment)) {
      return Optional.of("it is not proper Unicode");
    }
    if (segment.endsWith(".") || segment.endsWith(" ")) {
      return Optional.of("Windows drops the point or space at its end");
    }
    if (RESERVED.matcher(segment).matches()) {
      return Optional.of("it is the name of a device on Windows");
    }
    return segment.getBytes(StandardCharsets.UTF_8).length > LONGEST_SEGMENT
        ? Optional.of("a part of it is too long")
        : Optional.empty();
  }

  /// Checks a name that a person typed.
  ///
  /// @throws IllegalArgumentException if it must not become the name of a file
  static void requireSafe(String name, String what) {
    objection(name)
        .ifPresent(why -> {
          throw new IllegalArgumentException(
              "the %s '%s' cannot be used: %s".formatted(what, name, why));
        });
  }

  /// Checks names that a repository lists and that are to lie in one folder.
  ///
  /// @throws HubException if one must not become the name of a file, or two are one on systems that
  ///   ignore case
  static void requireSafe(Collection<String> names, String repository) throws HubException {
    Map<String, String> seen = new HashMap<>();
    for (String name : names) {
      Optional<String> objection = objection(name);
      if (objection.isPresent()) {
        throw new HubException(
            HubException.Reason.PROTOCOL,
            "%s lists the file '%s', which is not fetched because of its name: %s"
                .formatted(repository, name, objection.get()));
      }
      String other = seen.put(name.toLowerCase(Locale.ROOT), name);
      if (other != null) {
        throw new HubException(
            HubException.Reason.PROTOCOL,
            "%s lists the files '%s' and '%s', which are one on many systems: name one of them"
                .formatted(repository, other, name));
      }
    }
  }
}
