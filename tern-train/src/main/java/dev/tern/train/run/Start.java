package dev.tern.train.run;

import dev.tern.train.checkpoint.CheckpointException;
import dev.tern.train.checkpoint.Checkpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// What to do with a run that may have begun before.
public enum Start {
  /// Begin; refuse if there are checkpoints.
  FRESH,
  /// Go on from the newest checkpoint; refuse if there is none.
  RESUME,
  /// Begin again, and delete the checkpoints when all else is ready.
  RESTART;

  Optional<Path> choose(RunFolder folder, Checkpoints checkpoints) throws IOException {
    Optional<Path> newest = checkpoints.newest();
    switch (this) {
      case FRESH -> {
        if (newest.isPresent()) {
          throw new CheckpointException(
              "%s: this run has begun before; go on with --resume, or begin again with --restart, which deletes its checkpoints"
                  .formatted(newest.get()));
        }
      }
      case RESUME -> {
        if (newest.isEmpty()) {
          throw new CheckpointException(
              "%s: there is no checkpoint to go on from; begin without --resume"
                  .formatted(folder.checkpoints()));
        }
      }
      case RESTART -> {
        return Optional.empty();
      }
    }
    return newest;
  }
}
