package dev.tern;

import java.util.List;
import java.util.Optional;

/// What is known about a loaded model, for people and programs.
///
/// @param name the model's own name, or the file's
/// @param architecture for example `bitnet-b1.58`
/// @param parameters the number of weights, norms included
/// @param encoding the encoding of most weights of the blocks, for example `I2_S`
/// @param ternaryLayout from what copy ternary weights are read while generating, and why
/// @param zeroSkipping whether zeros in feed-forward networks are left out while generating, and
///   why
/// @param contextLength the most tokens the model was trained for
/// @param vocabularySize the number of tokens
/// @param fileBytes the size of the file
/// @param repackedBytes memory that prepared weights take besides the file
/// @param bytesPerToken the bytes of weights one generated token reads
/// @param kernels what computes, for example `Vector API, 256 bits`
/// @param kernelReason why that was picked
/// @param threads how many threads compute
/// @param tokenizer how text becomes tokens
/// @param chatTemplate the name of the chat template, where one is known
/// @param notices what was repaired on loading or should be known
public record ModelInfo(
    String name,
    String architecture,
    long parameters,
    String encoding,
    String ternaryLayout,
    String zeroSkipping,
    int contextLength,
    int vocabularySize,
    long fileBytes,
    long repackedBytes,
    long bytesPerToken,
    String kernels,
    String kernelReason,
    int threads,
    String tokenizer,
    Optional<String> chatTemplate,
    List<String> notices) {
  /// Copies the notices.
  public ModelInfo {
    notices = List.copyOf(notices);
  }
}
