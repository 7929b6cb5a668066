package dev.tern;

import dev.tern.chat.ChatEncoder;
import dev.tern.chat.ChatTemplate;
import dev.tern.chat.Conversation;
import dev.tern.gguf.GgufFile;
import dev.tern.grammar.GrammarVocabulary;
import dev.tern.grammar.TokenConstraint;
import dev.tern.load.GgufModelLoader;
import dev.tern.load.LoadedModel;
import dev.tern.model.ModelConfig;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A model in memory: the beginning of everything.
///
/// ```java
/// try (TernModel model = TernModel.load(Path.of("model.gguf"))) {
///   GenerationOptions options = GenerationOptions.builder().seed(42).maxTokens(100).build();
///   model.generate("Once upon a time", options, token -> System.out.print(token.text()));
/// }
/// ```
///
/// Immutable and safe for use by many threads: each takes a [Session] of its own, and sessions
/// share the weights and take turns at the compute threads.
public final class TernModel implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("dev.tern");

  private final LoadedModel loaded;
  private final ModelInfo info;
  private final GrammarVocabulary grammarVocabulary;
  private final Lifetime lifetime = new Lifetime("the model");
  private final Embedder embedder = new Embedder(this);

  /// Who computes the next pass: engines and those who embed, in the order in which they ask. The
  /// compute threads alone would let one of them go on and on.
  private final ReentrantLock turns = new ReentrantLock(true);

  private TernModel(LoadedModel loaded) {
    this.loaded = loaded;
    this.grammarVocabulary = new GrammarVocabulary(loaded.tokenizer());
    try {
      this.info = describe(loaded);
    } catch (RuntimeException damaged) {
      loaded.close();
      throw damaged;
    }
  }

  /// Loads a GGUF file or a Hugging Face folder with default options.
  ///
  /// @param path the file, or a folder with `config.json`, safetensors files and a tokenizer
  /// @return the model, to be closed by the caller
  /// @throws IOException if the file cannot be read
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if Tern cannot run it
  public static TernModel load(Path path) throws IOException {
    return load(path, LoadOptions.defaults());
  }

  /// Loads a GGUF file or a Hugging Face folder.
  ///
  /// @param path the file, or a folder with `config.json`, safetensors files and a tokenizer
  /// @param options how to load it
  /// @return the model, to be closed by the caller
  /// @throws IOException if the file cannot be read
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if Tern cannot run it
  /// @throws IllegalArgumentException if an option names something that does not exist or cannot be
  ///   had on this machine
  public static TernModel load(Path path, LoadOptions options) throws IOException {
    return report(new TernModel(new GgufModelLoader(options).load(path)));
  }

  /// Loads a GGUF file that is open: one that is in memory, for example.
  ///
  /// @param file closed with the model, and when loading fails
  /// @param options how to load it
  /// @return the model, to be closed by the caller
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if Tern cannot run it
  /// @throws IllegalArgumentException if an option names something that does not exist or cannot be
  ///   had on this machine
  public static TernModel load(GgufFile file, LoadOptions options) {
    return report(new TernModel(new GgufModelLoader(options).load(file)));
  }

  /// Loads a model that is open.
  ///
  /// @param source closed with the model, and when loading fails
  /// @param options how to load it
  /// @return the model, to be closed by the caller
  /// @throws IOException if a file beside the weights cannot be read
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if Tern cannot run it
  /// @throws IllegalArgumentException if an option names something that does not exist or cannot be
  ///   had on this machine
  public static TernModel load(ModelSource source, LoadOptions options) throws IOException {
    try {
      return report(new TernModel(new GgufModelLoader(options).load(source)));
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
  }

  private static TernModel report(TernModel model) {
    LOGGER.log(
        System.Logger.Level.DEBUG,
        "loaded {0}: {1}, {2}, {3} with {4} threads",
        model.loaded.source(),
        model.info.architecture(),
        model.info.encoding(),
        model.info.kernels(),
        model.info.threads());
    if (model.loaded.kernels().degraded()) {
      LOGGER.log(System.Logger.Level.WARNING, model.info.kernelReason());
    }
    model.info.notices().forEach(notice -> LOGGER.log(System.Logger.Level.INFO, notice));
    return model;
  }

  private static ModelInfo describe(LoadedModel loaded) {
    ModelConfig config = loaded.transformer().config();
    long parameters = 0;
    Map<String, Long> elementsByType = new TreeMap<>();
    for (SourceTensor tensor : loaded.source().tensors().values()) {
      parameters += tensor.shape().elements();
      if (tensor.name().startsWith("blk.")) {
        elementsByType.merge(tensor.typeName(), tensor.shape().elements(), Long::sum);
      }
    }
    String encoding =
        elementsByType.entrySet().stream()
            .max(Map.Entry.comparingByValue(Comparator.naturalOrder()))
            .map(Map.Entry::getKey)
            .orElse("?");
    return new ModelInfo(
        loaded
            .source()
            .metadata()
            .findString("general.name")
            .orElseGet(() -> Path.of(loaded.source().source()).getFileName().toString()),
        config.architecture(),
        parameters,
        encoding,
        loaded.ternaryLayout(),
        loaded.zeroSkipping(),
        config.contextLength(),
        config.vocabularySize(),
        loaded.source().byteSize(),
        loaded.repackedBytes(),
        loaded.transformer().weights().bytesPerToken(),
        loaded.kernels().kernels().description(),
        loaded.kernels().reason(),
        loaded.transformer().backend().threads().count(),
        loaded.tokenizer().description(),
        loaded.chatTemplate().map(ChatTemplate::name),
        loaded.notices());
  }

  /// {@return what is known about the model}
  public ModelInfo info() {
    return info;
  }

  /// {@return what computes right now; it changes once, from scalar to the faster kernels, when
  /// those are compiled}
  public String kernels() {
    return loaded().kernels().kernels().description();
  }

  /// {@return whether the kernels have reached their full speed; until then scalar ones compute}
  public boolean isWarm() {
    return loaded().kernels().kernels().isSettled();
  }

  /// {@return the model's tokenizer}
  public Tokenizer tokenizer() {
    return loaded.tokenizer();
  }

  /// {@return how conversations are written for this model, where that is known}
  public Optional<ChatTemplate> chatTemplate() {
    return loaded.chatTemplate();
  }

  /// {@return how conversations are written for this model}
  ///
  /// @throws UnsupportedModelException if nobody knows; the message says why and what to do
  public ChatTemplate requireChatTemplate() {
    return loaded
        .chatTemplate()
        .orElseThrow(() -> new UnsupportedModelException(loaded.whyNoChatTemplate()));
  }

  /// {@return the tokens of a prompt that asks for the next answer of a conversation}
  ///
  /// @param conversation messages, and tools that the answer may call
  /// @throws UnsupportedModelException if no chat template is known for the model, or it needs a
  ///   token that the vocabulary does not have
  /// @throws ModelFormatException if the model's own template is not valid or refuses the
  ///   conversation
  /// @throws dev.tern.chat.ToolsException if the conversation uses tools and the template does not
  ///   (see [ChatTemplate#supportsTools()]), or the arguments of a call are not a JSON object
  public int[] chatPrompt(Conversation conversation) {
    return ChatEncoder.encode(requireChatTemplate(), conversation, true, tokenizer());
  }

  /// {@return a session with default options}
  public Session newSession() {
    return newSession(SessionOptions.defaults());
  }

  /// {@return a session: a text that grows, to be closed by the caller}
  ///
  /// @param options how much it can hold
  /// @throws IllegalArgumentException if the context is longer than the model was trained for
  /// @throws IllegalStateException if the model has been closed
  public Session newSession(SessionOptions options) {
    return new Session(this, options);
  }

  /// {@return a conversation, to be closed by the caller}
  ///
  /// @param options how much it can hold
  /// @throws UnsupportedModelException if no chat template is known for the model
  public Chat newChat(SessionOptions options) {
    requireChatTemplate();
    return new Chat(this, newSession(options));
  }

  /// {@return a conversation with default options}
  ///
  /// @throws UnsupportedModelException if no chat template is known for the model
  public Chat newChat() {
    return newChat(SessionOptions.defaults());
  }

  /// {@return an engine that answers many requests at once, to be closed by the caller}
  ///
  /// @param options what it may use
  /// @throws IllegalArgumentException if the context is longer than the model was trained for, or
  ///   the KV budget does not hold it
  /// @throws IllegalStateException if the model has been closed
  public BatchEngine newBatchEngine(BatchOptions options) {
    return new BatchEngine(this, options);
  }

  /// Generates one text and forgets it.
  ///
  /// @param prompt the text to go on from; names of special tokens in it are special tokens
  /// @param options how to generate
  /// @return the generated text and what it cost
  /// @throws ContextLengthException if the prompt is longer than the model's context
  public GenerationResult generate(String prompt, GenerationOptions options) {
    return generate(prompt, options, _ -> {});
  }

  /// Generates one text, hands out its tokens as they come, and forgets it.
  ///
  /// @param prompt the text to go on from; names of special tokens in it are special tokens
  /// @param options how to generate
  /// @param onToken called for each token, on this thread
  /// @return the generated text and what it cost
  /// @throws ContextLengthException if the prompt is longer than the model's context
  public GenerationResult generate(
      String prompt, GenerationOptions options, Consumer<Token> onToken) {
    try (Session session = newSession()) {
      return session.generate(prompt, options, onToken);
    }
  }

  /// Computes a text and counts the zeros in its feed-forward networks: what a model with squared
  /// ReLU could leave out.
  ///
  /// @param tokens some sentences
  /// @return what was counted; empty for models with another non-linearity
  /// @throws IllegalArgumentException if there are no tokens, or one is not in the vocabulary
  /// @throws ContextLengthException if the text is longer than the model's context
  /// @throws IllegalStateException if the model has been closed
  public Optional<FeedForwardZeros> countFeedForwardZeros(int[] tokens) {
    int most = info.contextLength();
    if (tokens.length > most) {
      throw new ContextLengthException(tokens.length, most);
    }
    return lifetime.use(() -> loaded.transformer().feedForwardZeros(tokens));
  }

  /// Makes a vector of each text, from the last states of the model.
  ///
  /// A vector is the same whatever other texts are embedded with it. Texts are computed in passes
  /// of [EmbeddingOptions#batchSize()] tokens, several short ones in one; between them engines and
  /// others who embed have their turn. Any thread may call this; how texts that are asked about and
  /// texts that are searched are introduced to the model is up to the caller.
  ///
  /// @param texts any strings; names of special tokens in them are ordinary text
  /// @param options what vectors to make
  /// @return the vectors, in the order of the texts
  /// @throws ContextLengthException if a text is longer than the context; none has been computed
  /// @throws IllegalArgumentException if a text is empty and the tokenizer adds nothing to it, or
  ///   options ask for more dimensions or a longer context than the model has
  /// @throws IllegalStateException if the model has been closed
  public List<Embedding> embed(List<String> texts, EmbeddingOptions options) {
    return embedder.embed(texts, options);
  }

  /// Makes a vector of each text, as [#embed] does.
  ///
  /// @param texts their tokens, to which nothing is added
  /// @param options what vectors to make
  /// @return the vectors, in the order of the texts
  /// @throws ContextLengthException if a text is longer than the context; none has been computed
  /// @throws IllegalArgumentException if a text has no tokens, or one that the vocabulary does not
  ///   have, or options ask for more dimensions or a longer context than the model has
  /// @throws IllegalStateException if the model has been closed
  public List<Embedding> embedTokens(List<int[]> texts, EmbeddingOptions options) {
    return embedder.embedTokens(texts, options);
  }

  /// {@return how many numbers the vectors have that the model makes}
  public int embeddingSize() {
    return loaded.transformer().config().hiddenSize();
  }

  /// {@return how the states of a text's tokens become one vector unless something else is asked
  /// for: what the file says, and the mean where it says nothing}
  ///
  /// llama.cpp pools nothing where a file says nothing, and gives a vector for each token.
  public Pooling pooling() {
    return loaded.pooling();
  }

  /// {@return what a pass gives, for which this thread waits until all who asked before have had
  /// theirs}
  ///
  /// @param pass computes something of bounded size; the model stays open meanwhile
  /// @throws IllegalStateException if the model has been closed
  <T> T takeTurn(Supplier<T> pass) {
    turns.lock();
    try {
      return lifetime.use(pass);
    } finally {
      turns.unlock();
    }
  }

  /// {@return what a text that is generated may be; empty for anything}
  ///
  /// @param context the tokens before it
  Optional<TokenConstraint> constraint(GenerationOptions options, List<Integer> context) {
    return options
        .grammar()
        .map(grammar -> grammarVocabulary.constrain(grammar, context, !options.ignoreEos()));
  }

  LoadedModel loaded() {
    lifetime.requireOpen();
    return loaded;
  }

  Lifetime lifetime() {
    return lifetime;
  }

  /// Frees the model's memory and threads. May be called from any thread; sessions that are
  /// computing finish their token, or their batch of the prompt, before, and can then only be
  /// closed.
  @Override
  public void close() {
    lifetime.end(loaded::close);
  }
}
