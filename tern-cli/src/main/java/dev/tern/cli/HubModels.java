package dev.tern.cli;

import dev.tern.hub.Catalogue;
import dev.tern.hub.HubOptions;
import dev.tern.hub.ModelHub;
import dev.tern.hub.ModelReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Models by name, for all commands that take one.
final class HubModels {
  /// Java's own name for: do not show a proxy a password when it leads to an encrypted host.
  private static final String PROXY_SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

  private final ModelHub hub;
  private final HubOptions options;
  private final StandardStreams streams;
  private final boolean quiet;

  private HubModels(HubOptions options, StandardStreams streams, boolean quiet) {
    this.options = options;
    this.hub = ModelHub.of(options);
    this.streams = streams;
    this.quiet = quiet;
  }

  /// {@return the hub that the environment names}
  ///
  /// @param quiet whether to say nothing about fetching
  static HubModels of(StandardStreams streams, boolean quiet) {
    return of(HubOptions.from(streams.environment()), streams, quiet);
  }

  /// {@return a hub with options of its own}
  static HubModels of(HubOptions options, StandardStreams streams, boolean quiet) {
    boolean proxyPassword =
        streams.environment().entrySet().stream()
            .anyMatch(e ->
                e.getKey().toUpperCase(Locale.ROOT).endsWith("_PROXY")
                    && e.getValue().contains("@"));
    if (proxyPassword && System.getProperty(PROXY_SCHEMES) == null) {
      // Whoever writes a password into the address of a proxy wants it to be shown to that.
      System.setProperty(PROXY_SCHEMES, "");
    }
    return new HubModels(options, streams, quiet);
  }

  ModelHub hub() {
    return hub;
  }

  HubOptions options() {
    return options;
  }

  /// {@return where a model is; it is fetched if it is not in the cache}
  Path locate(String name) throws IOException {
    ModelReference reference = reference(name);
    Optional<Path> here = hub.find(reference);
    return here.isPresent() ? here.get() : pull(reference);
  }

  /// {@return where a model is in the cache}
  ///
  /// @throws IOException if it is not there
  Path locateHere(String name) throws IOException {
    return hub.find(reference(name))
        .orElseThrow(() ->
            new IOException(
                "there is no file %s, and no complete model of that name in %s: 'tern pull %s' fetches it"
                    .formatted(name, options.cache(), name)));
  }

  /// {@return what a name means}
  ///
  /// @throws IOException if it means nothing
  ModelReference reference(String name) throws IOException {
    Catalogue catalogue = hub.catalogue();
    Optional<ModelReference> known = catalogue.find(name);
    if (known.isPresent()) {
      return known.get();
    }
    if (name.indexOf('/') < 0) {
      List<String> similar = Suggestions.similar(name, catalogue.entries().keySet());
      throw new IOException(
          "there is no file %s and no model of that name%s; 'tern pull --list' shows short names, others look like owner/repo"
              .formatted(
                  name,
                  similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?"));
    }
    return ModelReference.parse(name);
  }

  /// Fetches a model and shows how that goes on.
  Path pull(ModelReference reference) throws IOException {
    try (PullProgress progress = new PullProgress(streams, quiet)) {
      return hub.pull(reference, progress);
    }
  }
}
