package dev.tern.hub;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds models by name, fetches them, and keeps them in the cache that Hugging Face's own tools
/// use. Safe for use by many threads, and beside other processes that use the same cache.
public final class ModelHub {
  private final HubOptions options;
  private final HubCache cache;

  private ModelHub(HubOptions options) {
    this.options = options;
    this.cache = new HubCache(options.cache());
  }

  /// {@return a hub; nothing is asked or read yet}
  ///
  /// @param options where models come from and are kept
  public static ModelHub of(HubOptions options) {
    return new ModelHub(options);
  }

  /// {@return the short names there are, read anew each time}
  ///
  /// @throws HubException if a person's own catalogue cannot be read or is wrong
  public Catalogue catalogue() throws HubException {
    return Catalogue.read(options.catalogue());
  }

  /// {@return what a name means: a short name of the catalogue, or what
  /// [ModelReference#parse(String)] reads}
  ///
  /// @param name for example `bitnet-2b` or `owner/repo:i2_s`
  /// @throws HubException if the catalogue cannot be read
  /// @throws IllegalArgumentException if it is neither; the message says why
  public ModelReference reference(String name) throws HubException {
    Optional<ModelReference> known = catalogue().find(name);
    return known.isPresent() ? known.get() : ModelReference.parse(name);
  }

  /// {@return a model that is in the cache, without asking anybody: a GGUF file or the folder of a
  /// checkpoint; empty if it is not there or not complete}
  ///
  /// @param reference what to look for; where it names no file, the best of those that are here
  /// @throws HubException if several are here that cannot be told apart
  /// @throws IOException if the cache cannot be read
  public Optional<Path> find(ModelReference reference) throws IOException {
    Optional<String> commit = cache.commit(reference);
    if (commit.isEmpty()) {
      return Optional.empty();
    }
    Path snapshot = cache.snapshot(reference.repository(), commit.get());
    List<String> files = cache.files(snapshot);
    FileChoice choice;
    try {
      choice = FileChoice.of(reference, files);
    } catch (HubException notHere) {
      boolean several = files.stream().anyMatch(name -> name.endsWith(".gguf"));
      if (several && reference.selector().isEmpty()) {
        throw notHere;
      }
      return Optional.empty();
    }
    if (!choice.isFolder()) {
      return Optional.of(snapshot.resolve(choice.files().getFirst()));
    }
    return CheckpointFiles.isComplete(files) ? Optional.of(snapshot) : Optional.empty();
  }

  /// Fetches a model unless its newest state is in the cache.
  ///
  /// Whatever interrupts it, nothing that is not complete and checked has the name of a model; the
  /// next pull goes on where this one ended. Interrupting the thread ends it.
  ///
  /// @param reference what to fetch; where it names no file, the GGUF file that Tern runs best, or
  ///   else the files of a checkpoint
  /// @param listener is told how it goes on
  /// @return the GGUF file, or the folder of a checkpoint
  /// @throws HubException if it cannot be fetched
  /// @throws IOException if the cache cannot be read or written, or the thread is interrupted
  public Path pull(ModelReference reference, PullListener listener) throws IOException {
    if (options.offline()) {
      return find(reference)
          .orElseThrow(() ->
              new HubException(
                  HubException.Reason.OFFLINE,
                  "%s is not in %s, and HF_HUB_OFFLINE forbids to fetch it"
                      .formatted(reference, options.cache())));
    }
    try (PullTools tools = PullTools.of(options, listener)) {
      return pull(reference, tools);
    } catch (FileSystemException failure) {
      throw new HubException(
          HubException.Reason.CACHE,
          "%s cannot be used (%s): see that it may be written, or set HF_HUB_CACHE to another folder"
              .formatted(failure.getFile(), describe(failure)),
          failure);
    }
  }

  private static String describe(FileSystemException failure) {
    return switch (failure) {
      case AccessDeniedException _ -> "access is denied";
      case FileAlreadyExistsException _ -> "something else has that name";
      default -> String.valueOf(failure.getReason());
    };
  }

  private Path pull(ModelReference reference, PullTools tools) throws IOException {
    RepositoryListing listing = tools.api().listing(reference, tools.retries());
    FileChoice choice = FileChoice.of(reference, listing.names());
    FileNames.requireSafe(choice.files(), reference.repository());
    tools
        .listener()
        .on(new PullEvent.Chosen(reference.repository(), choice.files(), choice.others()));
    Path snapshot = cache.snapshot(reference.repository(), listing.commit());
    fetch(pulls(tools, reference.withRevision(listing.commit()), listing, choice));
    cache.putRef(reference, listing.commit());
    return choice.isFolder() ? snapshot : snapshot.resolve(choice.files().getFirst());
  }

  private List<FilePull> pulls(
      PullTools tools, ModelReference pinned, RepositoryListing listing, FileChoice choice)
      throws IOException {
    List<FilePull> pulls = new ArrayList<>();
    for (String name : choice.files()) {
      RemoteFile file = listing.file(name).orElse(null);
      if (file == null) {
        file = tools.api().describe(pinned, name, tools.retries());
      }
      pulls.add(new FilePull(tools, cache, pinned, file));
    }
    return pulls;
  }

  private void fetch(List<FilePull> pulls) throws IOException {
    long missing = 0;
    for (FilePull pull : pulls) {
      missing = Math.addExact(missing, pull.missing());
    }
    cache.requireRoom(missing);
    for (FilePull pull : pulls) {
      pull.run();
    }
  }

  /// {@return the models in the cache, those of other programs too, and downloads that were not
  /// completed; ordered by repository}
  ///
  /// @throws IOException if the cache cannot be read
  public List<CachedModel> models() throws IOException {
    return new Inventory(cache).models();
  }

  /// Takes a model out of the cache. Content that another model shares stays.
  ///
  /// @param reference a repository in a revision, with everything of it that is here and downloads
  ///   that were not completed; or one file
  /// @return how many bytes became free
  /// @throws HubException if it is not there, or just being fetched
  /// @throws IOException if it cannot be removed
  public long remove(ModelReference reference) throws IOException {
    String repository = reference.repository();
    Optional<String> commit = cache.commit(reference);
    boolean all = reference.selector().isEmpty();
    Path snapshot = cache.snapshot(repository, commit.orElse("none"));
    List<String> files = commit.isPresent() ? cache.files(snapshot) : List.of();
    boolean unfinished =
        (all || files.isEmpty()) && !Inventory.unfinishedData(cache, repository).isEmpty();
    if (files.isEmpty() && !unfinished) {
      throw notThere(reference);
    }
    List<String> chosen = all || files.isEmpty() ? files : FileChoice.of(reference, files).files();
    return new Removal(cache, repository).run(snapshot, chosen, unfinished);
  }

  /// Compares what is here of a model with its checksums.
  ///
  /// @param reference a repository in a revision, or one file of it
  /// @param listener is told how it goes on
  /// @return each file, and what was found
  /// @throws HubException if it is not there
  /// @throws IOException if it cannot be read
  public List<VerifiedFile> verify(ModelReference reference, PullListener listener)
      throws IOException {
    Optional<String> commit = cache.commit(reference);
    Path snapshot = cache.snapshot(reference.repository(), commit.orElse("none"));
    if (commit.isEmpty() || !Files.isDirectory(snapshot)) {
      throw notThere(reference);
    }
    List<String> names = cache.names(snapshot);
    List<String> chosen =
        reference.selector().isPresent() ? FileChoice.of(reference, names).files() : names;
    return new Verification(listener).run(reference.repository(), snapshot, chosen);
  }

  /// Compares everything that is here with its checksums.
  ///
  /// @param listener is told how it goes on
  /// @return each file, and what was found
  /// @throws IOException if it cannot be read
  public List<VerifiedFile> verifyAll(PullListener listener) throws IOException {
    Verification verification = new Verification(listener);
    List<VerifiedFile> found = new ArrayList<>();
    for (String repository : cache.repositories()) {
      for (Path snapshot : Inventory.folders(cache.snapshots(repository))) {
        found.addAll(verification.run(repository, snapshot, cache.names(snapshot)));
      }
    }
    return found;
  }

  private HubException notThere(ModelReference reference) {
    return new HubException(
        HubException.Reason.NOT_FOUND,
        "%s is not in %s: 'tern ls' lists what is there".formatted(reference, options.cache()));
  }
}
