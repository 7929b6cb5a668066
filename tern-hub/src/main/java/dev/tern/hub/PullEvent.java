package dev.tern.hub;

import java.time.Duration;
import java.util.List;

/// Something that happens while a model is pulled or checked. Sizes are in bytes.
public sealed interface PullEvent {
  /// It was decided what to fetch.
  ///
  /// @param repository owner and name
  /// @param files the files to fetch
  /// @param others GGUF files that could have been meant instead
  record Chosen(String repository, List<String> files, List<String> others) implements PullEvent {
    /// Copies the lists.
    public Chosen {
      files = List.copyOf(files);
      others = List.copyOf(others);
    }
  }

  /// A file is in the cache already.
  ///
  /// @param file its name in the repository
  record Present(String file) implements PullEvent {}

  /// Another process or thread is fetching the file; this one waits.
  ///
  /// @param file its name in the repository
  record Waiting(String file) implements PullEvent {}

  /// Fetching begins.
  ///
  /// @param file its name in the repository
  /// @param present bytes that an earlier attempt left
  /// @param size all bytes
  record Started(String file, long present, long size) implements PullEvent {}

  /// Bytes have arrived.
  ///
  /// @param file its name in the repository
  /// @param present bytes that are here
  /// @param size all bytes
  record Progress(String file, long present, long size) implements PullEvent {}

  /// An attempt failed; there will be another.
  ///
  /// @param why what went wrong
  /// @param pause time until then
  record Retrying(String why, Duration pause) implements PullEvent {}

  /// What an earlier attempt left cannot be used.
  ///
  /// @param file its name in the repository
  /// @param why what is wrong with it
  record StartingAnew(String file, String why) implements PullEvent {}

  /// The checksum is being computed.
  ///
  /// @param file its name in the repository
  /// @param checked bytes that were looked at
  /// @param size all bytes
  record Verifying(String file, long checked, long size) implements PullEvent {}

  /// A file is complete and in the cache.
  ///
  /// @param file its name in the repository
  /// @param size its bytes
  record Finished(String file, long size) implements PullEvent {}
}
