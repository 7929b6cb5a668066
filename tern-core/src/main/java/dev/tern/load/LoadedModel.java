package dev.tern.load;

import dev.tern.Pooling;
import dev.tern.chat.ChatTemplate;
import dev.tern.kernel.KernelProvider;
import dev.tern.model.Transformer;
import dev.tern.source.ModelSource;
import dev.tern.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/// A model that is ready to run, with everything that was found out about it.
///
/// @param source where its weights are
/// @param arena owns what was prepared from them
/// @param transformer the model itself
/// @param kernels what computes, and why
/// @param tokenizer text to tokens and back
/// @param chatTemplate how conversations are written, where that is known
/// @param whyNoChatTemplate what to tell a person who wants to talk where it is not
/// @param pooling how the states of a text's tokens become one vector, unless somebody asks for
///   something else
/// @param repackedBytes memory that prepared weights take besides the file
/// @param ternaryLayout from what copy ternary weights are read while generating, and why
/// @param zeroSkipping whether zeros in feed-forward networks are left out while generating, and
///   why
/// @param notices what was repaired or should be known, for people
public record LoadedModel(
    ModelSource source,
    Arena arena,
    Transformer transformer,
    KernelProvider.Selection kernels,
    Tokenizer tokenizer,
    Optional<ChatTemplate> chatTemplate,
    String whyNoChatTemplate,
    Pooling pooling,
    long repackedBytes,
    String ternaryLayout,
    String zeroSkipping,
    List<String> notices)
    implements AutoCloseable {
  /// Copies what could change.
  public LoadedModel {
    notices = List.copyOf(notices);
  }

  /// Ends the compute threads and frees the memory.
  @Override
  public void close() {
    transformer.backend().close();
    arena.close();
    source.close();
  }
}
