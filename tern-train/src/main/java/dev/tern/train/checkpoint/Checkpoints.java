package dev.tern.train.checkpoint;

import ai.djl.ndarray.NDArray;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.Parameter;
import dev.tern.train.optimize.AdamW;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The checkpoints of a run: folders `step-00001000`, of which the newest two are kept.
///
/// A checkpoint is written into a folder of another name, which takes its own when all of it is on
/// the disk: what is there under its name is whole. Not safe for use by several threads or
/// processes.
public final class Checkpoints {
  private static final Pattern NAME = Pattern.compile("step-\\d{8,}");
  private static final String PARTIAL = ".partial";
  private static final String WEIGHTS = "weights.safetensors";
  private static final String MOMENTS = "moments.safetensors";
  private static final String PROGRESS = "progress.json";
  private static final int KEPT = 2;

  private final Path folder;
  private final JsonMapper json = new JsonMapper();

  /// Names the folder of all checkpoints.
  ///
  /// @param folder need not be there
  public Checkpoints(Path folder) {
    this.folder = folder;
  }

  /// {@return the newest checkpoint}
  ///
  /// @throws IOException if the folder cannot be read
  public Optional<Path> newest() throws IOException {
    List<Path> all = all();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  private List<Path> all() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> NAME.matcher(path.getFileName().toString()).matches())
          .sorted(Comparator.comparingLong(Checkpoints::step))
          .toList();
    }
  }

  private static long step(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring("step-".length()));
  }

  /// Writes a checkpoint and deletes those that are no longer needed.
  ///
  /// @param model whose parameters are kept
  /// @param optimizer whose moments are kept
  /// @param progress of the run
  /// @return its folder
  /// @throws IOException if writing fails; older checkpoints are left as they were
  public Path write(CausalLanguageModel model, AdamW optimizer, Progress progress)
      throws IOException {
    Path target = folder.resolve("step-%08d".formatted(progress.step()));
    if (Files.isDirectory(target)) {
      return target;
    }
    Path partial = folder.resolve(target.getFileName() + PARTIAL);
    Files.createDirectories(folder);
    delete(partial);
    Files.createDirectory(partial);
    ArrayFile.write(partial.resolve(WEIGHTS), weights(model));
    ArrayFile.write(partial.resolve(MOMENTS), moments(optimizer));
    Files.writeString(
        partial.resolve(PROGRESS),
        json.writerWithDefaultPrettyPrinter()
            .writeValueAsString(SavedProgress.of(progress, model)));
    Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    List<Path> all = all();
    for (Path old : all.subList(0, Math.max(0, all.size() - KEPT))) {
      delete(old);
    }
    return target;
  }

  /// Sets a model and an optimizer to what a checkpoint says.
  ///
  /// @param checkpoint its folder
  /// @param model whose parameters are set
  /// @param optimizer whose moments are set
  /// @return how far the run had come
  /// @throws CheckpointException if it belongs to another model, or is damaged
  /// @throws IOException if it cannot be read
  public Progress read(Path checkpoint, CausalLanguageModel model, AdamW optimizer)
      throws IOException {
    Progress progress = progress(checkpoint, model);
    ArrayFile.read(checkpoint.resolve(WEIGHTS), weights(model));
    ArrayFile.read(checkpoint.resolve(MOMENTS), moments(optimizer));
    return progress;
  }

  /// Sets a model to what a checkpoint says, to be used and not to be trained further.
  ///
  /// @param checkpoint its folder
  /// @param model whose parameters are set
  /// @return how far the run had come
  /// @throws CheckpointException if it belongs to another model, or is damaged
  /// @throws IOException if it cannot be read
  public Progress read(Path checkpoint, CausalLanguageModel model) throws IOException {
    Progress progress = progress(checkpoint, model);
    ArrayFile.read(checkpoint.resolve(WEIGHTS), weights(model));
    return progress;
  }

  private Progress progress(Path checkpoint, CausalLanguageModel model) throws IOException {
    Path file = checkpoint.resolve(PROGRESS);
    try {
      SavedProgress saved = json.readValue(Files.readString(file), SavedProgress.class);
      saved.require(model, file);
      return saved.progress();
    } catch (JacksonException damaged) {
      throw new CheckpointException(
          "%s: %s; delete this checkpoint to go on from the one before"
              .formatted(file, damaged.getOriginalMessage()),
          damaged);
    }
  }

  private static Map<String, NDArray> weights(CausalLanguageModel model) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      arrays.put(parameter.name(), parameter.value());
    }
    return arrays;
  }

  private static Map<String, NDArray> moments(AdamW optimizer) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    optimizer
        .moments()
        .forEach((name, moments) -> {
          arrays.put(name + ".first", moments.first());
          arrays.put(name + ".second", moments.second());
        });
    return arrays;
  }

  /// Deletes all checkpoints.
  ///
  /// @throws IOException if one cannot be deleted
  public void clear() throws IOException {
    delete(folder);
  }

  private static void delete(Path path) throws IOException {
    if (Files.notExists(path)) {
      return;
    }
    List<Path> below = new ArrayList<>();
    try (Stream<Path> entries = Files.walk(path)) {
      entries.forEach(below::add);
    }
    for (Path entry : below.reversed()) {
      Files.delete(entry);
    }
  }
}
