package dev.tern.eval;

import dev.tern.Session;
import dev.tern.SessionOptions;
import dev.tern.TernModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;

/// Computes several windows at once, each on one thread with a session of its own, and hands the
/// results out in order.
///
/// Threads that share the layers of a small model wait for each other longer than they compute;
/// threads with a window each do not wait at all. Not safe for use by several threads.
///
/// @param <R> what comes of a window
final class ParallelScores<R> implements AutoCloseable {
  /// Windows that are waiting, computing or done before their turn, for each thread: a window that
  /// takes long keeps nobody idle, and memory stays bounded.
  private static final int AHEAD = 3;

  private final ExecutorService threads;
  private final List<Session> sessions = new ArrayList<>();
  private final Queue<Session> idle = new ConcurrentLinkedQueue<>();

  /// Starts threads and makes their sessions.
  ///
  /// @param model that computes
  /// @param options of each session
  /// @param count how many windows are computed at once, at least 1
  ParallelScores(TernModel model, SessionOptions options, int count) {
    this.threads =
        Executors.newFixedThreadPool(
            count, Thread.ofPlatform().daemon().name("tern-scores-", 0).factory());
    try {
      for (int i = 0; i < count; i++) {
        sessions.add(model.newSession(options.withOnCallingThread(true)));
      }
    } catch (RuntimeException | OutOfMemoryError failure) {
      close();
      throw failure;
    }
    idle.addAll(sessions);
  }

  /// Computes windows.
  ///
  /// @param from the index of the first
  /// @param to one past the last
  /// @param work computes the window of an index; called by several threads
  /// @param reader given what came of each window in order, on this thread
  void run(int from, int to, IntFunction<Function<Session, R>> work, Consumer<R> reader) {
    Queue<CompletableFuture<R>> pending = new ArrayDeque<>();
    int next = from;
    for (int turn = from; turn < to; turn++) {
      for (; next < Math.min(to, turn + AHEAD * sessions.size()); next++) {
        Function<Session, R> window = work.apply(next);
        pending.add(CompletableFuture.supplyAsync(() -> withSession(window), threads));
      }
      reader.accept(join(pending.remove()));
    }
  }

  /// There are as many sessions as threads, so one is idle.
  private R withSession(Function<Session, R> work) {
    Session session = Objects.requireNonNull(idle.poll());
    try {
      return work.apply(session);
    } finally {
      idle.add(session);
    }
  }

  private static <R> R join(CompletableFuture<R> result) {
    try {
      return result.join();
    } catch (CompletionException failure) {
      switch (failure.getCause()) {
        case RuntimeException unchecked -> throw unchecked;
        case Error error -> throw error;
        case null, default -> throw failure;
      }
    }
  }

  /// Frees threads and sessions. What is still being computed after a failure ends at its next
  /// batch of tokens, because its session has been closed.
  @Override
  public void close() {
    threads.shutdownNow();
    sessions.forEach(Session::close);
    threads.close();
  }
}
