/// Models from one form to another: Hugging Face folders to GGUF files, GGUF files to Hugging Face
/// folders, one encoding to another.
///
/// ```java
/// try (ModelSource model = ModelSource.open(folder)) {
///   EncodingPlan plan = EncodingPlan.of(model, EncodingChoice.defaults());
///   ConversionReport report = GgufConversion.of(model, plan).write(Path.of("model.gguf"), false);
/// }
/// ```
///
/// A model is read through [dev.tern.source.ModelSource] and written tensor by tensor, so that the
/// memory that this takes does not depend on its size; whatever a tensor's numbers become is
/// decided beforehand, by [dev.tern.convert.EncodingPlan]. Nothing is guessed back from values that
/// is known as codes and scales. [dev.tern.convert.EncodingPlan#of] loses nothing that was not
/// asked for and keeps the model the same function; [dev.tern.convert.EncodingPlan#quantizing]
/// rounds after training. May use the core's rooms of files and encodings, and Jackson.
@NullMarked
package dev.tern.convert;

import org.jspecify.annotations.NullMarked;
