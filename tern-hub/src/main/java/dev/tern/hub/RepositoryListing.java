package dev.tern.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the hub's interface for programs says of a repository in a revision.
///
/// @param commit the revision, as git names it
/// @param entries its files
record RepositoryListing(String commit, List<Entry> entries) {
  /// A file, which may lack what it takes to fetch it.
  ///
  /// @param name its path in the repository
  /// @param file the file, if its size and checksum are said
  record Entry(String name, Optional<RemoteFile> file) {}

  List<String> names() {
    return entries.stream().map(Entry::name).toList();
  }

  /// {@return a file by its name, if its size and checksum are said}
  Optional<RemoteFile> file(String name) {
    return entries.stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .flatMap(Entry::file);
  }

  /// Reads what `/api/models/{repo}/revision/{rev}?blobs=true` returns.
  ///
  /// @throws HubException if it is something else
  static RepositoryListing read(byte[] json, String repository) throws HubException {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(json);
    } catch (JacksonException notJson) {
      throw new HubException(
          HubException.Reason.PROTOCOL,
          "the hub's description of %s is not JSON: is HF_ENDPOINT the address of a hub?"
              .formatted(repository),
          notJson);
    }
    String commit = root.path("sha").asString("");
    JsonNode siblings = root.path("siblings");
    if (!ModelReference.isCommit(commit) || !siblings.isArray()) {
      throw new HubException(
          HubException.Reason.PROTOCOL,
          "the hub's description of %s lacks its commit or its files: is HF_ENDPOINT the address of a hub?"
              .formatted(repository));
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonNode sibling : siblings) {
      JsonNode name = sibling.path("rfilename");
      if (name.isString()) {
        entries.add(new Entry(name.asString(), file(name.asString(), sibling)));
      }
    }
    return new RepositoryListing(commit, entries);
  }

  private static Optional<RemoteFile> file(String name, JsonNode sibling) {
    JsonNode large = sibling.path("lfs");
    String digits = large.isObject() ? text(large, "sha256") : text(sibling, "blobId");
    JsonNode size = large.has("size") ? large.path("size") : sibling.path("size");
    if (!size.isIntegralNumber() || !size.canConvertToLong() || size.asLong() < 0) {
      return Optional.empty();
    }
    return Checksum.of(digits).map(checksum -> new RemoteFile(name, size.asLong(), checksum));
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asString("");
  }
}
