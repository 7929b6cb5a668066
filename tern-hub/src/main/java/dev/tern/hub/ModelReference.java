package dev.tern.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A model on the hub, as people write it: `owner/repo`, `owner/repo:i2_s`,
/// `owner/repo@revision:file.gguf`.
///
/// @param repository owner and name, for example `microsoft/bitnet-b1.58-2B-4T-gguf`
/// @param revision a branch, a tag or a commit
/// @param selector a file of the repository or an encoding; absent to leave the choice to Tern
public record ModelReference(String repository, String revision, Optional<String> selector) {
  /// The revision that is meant where none is given.
  public static final String DEFAULT_REVISION = "main";

  private static final int LONGEST_REPOSITORY = 96;
  private static final int LONGEST_TEXT = 1000;
  private static final String NAME = "[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?";
  private static final Pattern REPOSITORY = Pattern.compile(NAME + "/" + NAME);
  private static final Pattern REFERENCE =
      Pattern.compile("(?<repo>[^:@]+)(?:@(?<revision>[^:]+))?(?::(?<selector>.+))?");
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?:https?://)?(?:huggingface\\.co|hf\\.co)/(?<repo>[^/@:]+/[^/@:]+)"
              + "(?:/(?:blob|resolve|tree)/(?<revision>[^/:]+)(?:/(?<file>[^?#]+))?)?/?(?:\\?.*)?"
              + "(?::(?<selector>.+))?");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /// Checks the parts.
  ///
  /// @throws IllegalArgumentException if one cannot be part of a name
  public ModelReference {
    if (!isRepository(repository)) {
      throw new IllegalArgumentException(
          "'%s' is not the name of a repository: those look like owner/name".formatted(repository));
    }
    FileNames.requireSafe(revision, "revision");
    selector.ifPresent(text -> {
      if (text.isBlank() || text.length() > LONGEST_TEXT) {
        throw new IllegalArgumentException(
            "the file or encoding behind the colon is empty or far too long");
      }
    });
  }

  /// {@return whether a text is a repository's owner and name}
  ///
  /// @param text any text
  public static boolean isRepository(String text) {
    return text.length() <= LONGEST_REPOSITORY
        && REPOSITORY.matcher(text).matches()
        && !text.contains("--")
        && !text.contains("..");
  }

  /// Reads a reference; the address of a page of the hub is one as well.
  ///
  /// @param text for example `owner/repo:i2_s`
  /// @return the reference
  /// @throws IllegalArgumentException if it is none; the message says why
  public static ModelReference parse(String text) {
    if (text.length() > LONGEST_TEXT) {
      throw new IllegalArgumentException("the name of a model is far too long");
    }
    Matcher address = ADDRESS.matcher(text);
    if (address.matches()) {
      String file = address.group("file");
      return of(
          address.group("repo"),
          address.group("revision"),
          file == null ? address.group("selector") : file);
    }
    Matcher parts = REFERENCE.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not the name of a model: those look like owner/name, owner/name:encoding or owner/name@revision:file"
              .formatted(text));
    }
    return of(parts.group("repo"), parts.group("revision"), parts.group("selector"));
  }

  private static ModelReference of(
      String repository, @Nullable String revision, @Nullable String selector) {
    return new ModelReference(
        repository, revision == null ? DEFAULT_REVISION : revision, Optional.ofNullable(selector));
  }

  /// {@return the same model in another revision}
  ///
  /// @param other a branch, a tag or a commit
  public ModelReference withRevision(String other) {
    return new ModelReference(repository, other, selector);
  }

  /// {@return the same repository with another file or encoding}
  ///
  /// @param other a file or an encoding
  public ModelReference withSelector(String other) {
    return new ModelReference(repository, revision, Optional.of(other));
  }

  /// {@return whether the revision is a commit, which never changes}
  boolean isPinned() {
    return isCommit(revision);
  }

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  /// {@return the text that [#parse(String)] reads}
  @Override
  public String toString() {
    return repository
        + (revision.equals(DEFAULT_REVISION) ? "" : "@" + revision)
        + selector.map(text -> ":" + text).orElse("");
  }
}
