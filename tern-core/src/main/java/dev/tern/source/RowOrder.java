package dev.tern.source;

/// Which row of a checkpoint becomes which row of a GGUF tensor.
///
/// GGUF's `llama` turns neighbouring elements of a head, Hugging Face elements half a head apart;
/// converters therefore reorder the query and key rows of this architecture: row `2 * i + j` of a
/// head is row `j * headDim / 2 + i` of the checkpoint's, j = 0, 1. Source: llama.cpp,
/// `LlamaModel.permute` in convert_hf_to_gguf.py.
///
/// @param headDim rows of a head; 0 to keep all rows where they are
public record RowOrder(int headDim) {
  /// The order of all other tensors.
  public static final RowOrder SAME = new RowOrder(0);

  /// {@return the row of the checkpoint that becomes a row of the GGUF tensor}
  ///
  /// @param row of the GGUF tensor, from 0
  public long sourceRow(long row) {
    if (headDim == 0) {
      return row;
    }
    long inHead = row % headDim;
    return row - inHead + inHead % 2 * (headDim / 2) + inHead / 2;
  }

  /// {@return the row of the GGUF tensor that a row of the checkpoint becomes}
  ///
  /// @param row of the checkpoint's tensor, from 0
  public long targetRow(long row) {
    if (headDim == 0) {
      return row;
    }
    long inHead = row % headDim;
    int half = headDim / 2;
    return row - inHead + inHead % half * 2 + inHead / half;
  }
}
