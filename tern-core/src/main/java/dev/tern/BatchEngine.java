package dev.tern;

import dev.tern.generate.BatchScheduler;
import dev.tern.generate.BatchText;
import dev.tern.generate.TextAssembler;
import dev.tern.kernel.SystemMemory;
import dev.tern.model.KvPool;
import dev.tern.model.ModelConfig;
import dev.tern.model.Transformer;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Answers many requests at once: continuous batching.
///
/// ```java
/// try (BatchEngine engine = model.newBatchEngine(BatchOptions.defaults())) {
///   BatchRequest request =
///       engine.submit("Once upon a time", options, token -> System.out.print(token.text()));
///   GenerationResult result = request.await();
/// }
/// ```
///
/// A pass over the weights gives the next token of every request that is running, and computes a
/// chunk of the prompts of those that have just begun; requests join and leave between passes. What
/// requests that begin alike have in common, a system prompt or an earlier turn of a conversation,
/// is computed once, in whole blocks of 128 tokens. Requests begin in the order in which they come;
/// where KV memory runs out the youngest gives way and begins again later. The text of a request is
/// the same as alone in a [Session] with the same options and seed, whatever else is running.
///
/// Safe for use by many threads. One thread computes, with the model's compute threads; each
/// listener is told on a thread of its own.
public final class BatchEngine implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("dev.tern");

  private final TernModel model;
  private final int places;
  private final int contextLength;
  private final Arena arena = Arena.ofShared();
  private final BatchScheduler scheduler;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /// Accepted, and not seen by the scheduler yet. This and what follows is guarded by the lock.
  private final List<BatchText> arrived = new ArrayList<>();

  private int taken;
  private int untold;
  private long refused;
  private boolean accepting = true;
  private boolean closed;

  BatchEngine(TernModel model, BatchOptions options) {
    this.model = model;
    this.places = options.maxRunning() + options.queueCapacity();
    Transformer transformer = model.loaded().transformer();
    ModelConfig config = transformer.config();
    BatchMemory memory =
        BatchMemory.plan(
            options,
            config.contextLength(),
            KvPool.blockBytes(config, options.cacheTypeK(), options.cacheTypeV()),
            SystemMemory.available());
    this.contextLength = memory.contextLength();
    KvPool pool =
        new KvPool(arena, config, memory.blocks(), options.cacheTypeK(), options.cacheTypeV());
    try {
      this.scheduler =
          new BatchScheduler(
              transformer,
              model.tokenizer().vocabularySize(),
              arena,
              pool,
              new BatchScheduler.Limits(
                  options.maxRunning(),
                  options.prefillChunk(),
                  contextLength,
                  options.prefixCache()));
    } catch (OutOfMemoryError tooLarge) {
      arena.close();
      throw tooLarge;
    }
    this.thread = Thread.ofPlatform().name("tern-batch").daemon().start(this::run);
  }

  /// {@return the most tokens of a request: prompt and answer together, without the answer's last
  /// token, which nothing follows}
  public int contextLength() {
    return contextLength;
  }

  /// {@return the most requests that may be running and waiting}
  public int capacity() {
    return places;
  }

  /// Hands in a request.
  ///
  /// @param prompt the whole text to go on from; names of special tokens in it are special tokens
  /// @param options how to generate
  /// @param listener told of each token
  /// @return the request, which waits for its turn
  /// @throws QueueFullException if there is no room for another request
  /// @throws ContextLengthException if the prompt can never fit
  /// @throws IllegalArgumentException if the prompt has no tokens, or an option names a token that
  ///   the vocabulary does not have, or asks for draft tokens
  /// @throws ClosedException if the engine or its model has been closed, or is being drained
  public BatchRequest submit(String prompt, GenerationOptions options, TokenListener listener) {
    return submit(model.tokenizer().encode(prompt, EncodeOptions.PROMPT), options, listener);
  }

  /// Hands in a request.
  ///
  /// @param prompt the tokens of the whole text to go on from
  /// @param options how to generate
  /// @param listener told of each token
  /// @return the request, which waits for its turn
  /// @throws QueueFullException if there is no room for another request
  /// @throws ContextLengthException if the prompt can never fit
  /// @throws IllegalArgumentException if the prompt has no tokens, or the prompt or an option names
  ///   a token that the vocabulary does not have, or an option asks for draft tokens
  /// @throws ClosedException if the engine or its model has been closed, or is being drained
  public BatchRequest submit(int[] prompt, GenerationOptions options, TokenListener listener) {
    Tokenizer tokenizer = model.loaded().tokenizer();
    Session.requireTokens(prompt, options, tokenizer);
    if (options.draftTokens() > 0) {
      throw new IllegalArgumentException(
          "draft tokens are not guessed in a batch, whose passes are full already: ask for 0, not "
              + options.draftTokens());
    }
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt is empty: there is nothing to go on from");
    }
    if (prompt.length > contextLength) {
      throw new ContextLengthException(prompt.length, contextLength);
    }
    List<Integer> context = Arrays.stream(prompt).boxed().toList();
    Delivery delivery = new Delivery(listener);
    BatchText text =
        new BatchText(
            prompt,
            options,
            options.seedOrNew(),
            new TextAssembler(tokenizer.decoder(context), options.stop()),
            tokenizer::isEndOfGeneration,
            model.constraint(options, context),
            delivery);
    accept(text);
    Thread.ofVirtual().name("tern-request").start(() -> deliver(delivery, text));
    return new BatchRequest(text, delivery);
  }

  private void accept(BatchText text) {
    lock.lock();
    try {
      if (!accepting) {
        throw new ClosedException(
            closed ? "the batch engine has been closed" : "the batch engine is being drained");
      }
      if (taken == places) {
        refused++;
        throw new QueueFullException(places);
      }
      taken++;
      untold++;
      arrived.add(text);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void deliver(Delivery delivery, BatchText text) {
    delivery.run(text, () -> locked(() -> taken--));
    locked(() -> untold--);
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    boolean more = false;
    while (awaitWork(more)) {
      more = step();
    }
    scheduler.fail(new ClosedException("the batch engine has been closed"));
  }

  private boolean awaitWork(boolean more) {
    lock.lock();
    try {
      while (arrived.isEmpty() && !more && !closed) {
        changed.awaitUninterruptibly();
      }
      arrived.forEach(scheduler::add);
      arrived.clear();
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private boolean step() {
    try {
      return model.takeTurn(scheduler::step);
    } catch (RuntimeException | Error failure) {
      if (!model.lifetime().isOver()) {
        LOGGER.log(System.Logger.Level.WARNING, "a pass failed, and its requests with it", failure);
      }
      scheduler.fail(failure);
      return false;
    }
  }

  /// {@return what the engine is doing, in the pass that is being computed, and has done}
  public BatchStatistics statistics() {
    lock.lock();
    try {
      return scheduler.statistics().with(arrived.size(), refused);
    } finally {
      lock.unlock();
    }
  }

  /// Accepts no more requests, and waits until all have ended and their listeners have been told.
  ///
  /// @param most how long to wait
  /// @return whether all have ended by then; the others go on
  /// @throws InterruptedException if this thread is interrupted meanwhile
  public boolean drain(Duration most) throws InterruptedException {
    lock.lock();
    try {
      accepting = false;
      long left = most.toNanos();
      while (untold > 0 && left > 0) {
        left = changed.awaitNanos(left);
      }
      return untold == 0;
    } finally {
      lock.unlock();
    }
  }

  /// Ends all requests after the pass that is being computed, and frees the memory. What has been
  /// generated is still delivered; then the requests that had not ended fail with
  /// [ClosedException]. May be called from any thread, listeners' too, and more than once. To let
  /// requests end by themselves, [#drain] first.
  @Override
  public void close() {
    lock.lock();
    try {
      accepting = false;
      if (closed) {
        return;
      }
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    arena.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
