package dev.tern.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which files of a repository a reference means.
///
/// @param files the files
/// @param isFolder whether they are a model only together, in their folder
/// @param others GGUF files that could have been meant as well
record FileChoice(List<String> files, boolean isFolder, List<String> others) {
  /// Encodings from the one that Tern runs best, as file names spell them.
  private static final List<String> PREFERRED =
      List.of("I2_S", "TQ2_0", "TQ1_0", "Q2_0", "Q1_0", "IQ2_BN", "IQ1_BN");

  private static final Pattern ENCODING =
      Pattern.compile(
          "(?i)(?:^|[-._/])((?:I2_S|TL[12]|P?TQ[0-9]_[0-9]|P?I?Q[0-9](?:_(?:BN|[0-9K]|XXS|XS|NL|S|M|L|XL))*|BF16|F16|F32|MXFP4|FP16)(?:_g[0-9]+)?)(?=$|[-.])");
  private static final Pattern PART =
      Pattern.compile("(?<stem>.*)-(?<number>\\d{5})-of-(?<count>\\d{5})\\.[a-z]+");
  private static final int MOST_LISTED = 20;

  /// {@return the encoding that the name of a file spells, in capitals}
  static Optional<String> encoding(String file) {
    String name = file.substring(file.lastIndexOf('/') + 1);
    Matcher matcher = ENCODING.matcher(name);
    String last = "";
    while (matcher.find()) {
      last = matcher.group(1).toUpperCase(Locale.ROOT);
    }
    return last.isEmpty() ? Optional.empty() : Optional.of(last);
  }

  /// {@return what a reference means among the files of a repository}
  ///
  /// @param names the files
  /// @throws HubException if it means none, or several that cannot be told apart
  static FileChoice of(ModelReference reference, List<String> names) throws HubException {
    List<String> ggufs = names.stream().filter(FileChoice::isModel).sorted().toList();
    if (reference.selector().isPresent()) {
      return selected(reference, reference.selector().get(), names, ggufs);
    }
    List<String> whole = ggufs.stream().filter(name -> !PART.matcher(name).matches()).toList();
    if (whole.isEmpty() && !ggufs.isEmpty()) {
      throw new HubException(
          HubException.Reason.CHOICE,
          "%s has only GGUF files in several parts, which Tern does not read: %s"
              .formatted(reference.repository(), list(ggufs)));
    }
    if (whole.isEmpty()) {
      return new FileChoice(CheckpointFiles.of(reference.repository(), names), true, List.of());
    }
    return file(whole.size() == 1 ? whole.getFirst() : preferred(reference, whole), whole);
  }

  private static FileChoice file(String chosen, List<String> all) {
    return new FileChoice(
        List.of(chosen), false, all.stream().filter(name -> !name.equals(chosen)).toList());
  }

  /// Projectors of pictures and statistics for quantization are GGUF files too, but no models.
  private static boolean isModel(String name) {
    String lower = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    return lower.endsWith(".gguf") && !lower.startsWith("mmproj") && !lower.contains("imatrix");
  }

  private static String preferred(ModelReference reference, List<String> ggufs)
      throws HubException {
    for (String encoding : PREFERRED) {
      List<String> exact = encoded(ggufs, encoding);
      List<String> fitting = exact.isEmpty() ? variants(ggufs, encoding) : exact;
      if (fitting.size() == 1) {
        return fitting.getFirst();
      }
      if (fitting.size() > 1) {
        throw ambiguous(reference, fitting);
      }
    }
    throw ambiguous(reference, ggufs);
  }

  private static List<String> encoded(List<String> ggufs, String encoding) {
    return ggufs.stream()
        .filter(name -> encoding(name).filter(encoding::equals).isPresent())
        .toList();
  }

  /// An encoding in other groups, such as `Q2_0_g64`.
  private static List<String> variants(List<String> ggufs, String encoding) {
    return ggufs.stream()
        .filter(name -> encoding(name).filter(e -> e.startsWith(encoding + "_G")).isPresent())
        .toList();
  }

  private static FileChoice selected(
      ModelReference reference, String selector, List<String> names, List<String> ggufs)
      throws HubException {
    if (names.contains(selector)) {
      return file(selector, List.of());
    }
    List<List<String>> meanings = new ArrayList<>();
    meanings.add(ggufs.stream().filter(name -> isCalled(name, selector)).toList());
    meanings.add(encoded(ggufs, selector.toUpperCase(Locale.ROOT)));
    meanings.add(variants(ggufs, selector.toUpperCase(Locale.ROOT)));
    for (List<String> fitting : meanings) {
      if (fitting.size() == 1) {
        return file(fitting.getFirst(), List.of());
      }
      if (fitting.size() > 1) {
        throw ambiguous(reference, fitting);
      }
    }
    throw new HubException(
        HubException.Reason.CHOICE,
        ggufs.isEmpty()
            ? "%s has no file '%s' and no GGUF file in that encoding; it has: %s"
                .formatted(reference.repository(), selector, list(names))
            : "%s has no file and no encoding '%s'; it has: %s"
                .formatted(reference.repository(), selector, list(ggufs)));
  }

  private static boolean isCalled(String file, String selector) {
    String name = file.substring(file.lastIndexOf('/') + 1);
    return name.equalsIgnoreCase(selector) || name.equalsIgnoreCase(selector + ".gguf");
  }

  private static HubException ambiguous(ModelReference reference, List<String> choices) {
    return new HubException(
        HubException.Reason.CHOICE,
        "%s has several models; name one, for example %s:%s; there are: %s"
            .formatted(
                reference.repository(), reference.repository(), choices.getFirst(), list(choices)));
  }

  static String list(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(MOST_LISTED, names.size())));
    return names.isEmpty()
        ? "nothing"
        : names.size() > MOST_LISTED
            ? "%s and %d more".formatted(shown, names.size() - MOST_LISTED)
            : shown;
  }

  /// {@return whether all parts of every file in parts are there}
  static boolean hasAllParts(List<String> names) {
    return names.stream()
        .allMatch(name -> {
          Matcher part = PART.matcher(name);
          if (!part.matches()) {
            return true;
          }
          long present =
              names.stream()
                  .map(PART::matcher)
                  .filter(Matcher::matches)
                  .filter(other -> other.group("stem").equals(part.group("stem")))
                  .count();
          return present == Long.parseLong(part.group("count"));
        });
  }
}
