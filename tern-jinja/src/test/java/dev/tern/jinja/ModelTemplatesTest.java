package dev.tern.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.LoadOptions;
import dev.tern.ModelFormatException;
import dev.tern.TernModel;
import dev.tern.UnsupportedModelException;
import dev.tern.chat.ChatEncoder;
import dev.tern.chat.ChatMessage;
import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufTensor;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufValueType;
import dev.tern.gguf.GgufWriter;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Templates of whole model files, from the file to the tokens of a prompt.
class ModelTemplatesTest {
  private static final String[] CHATML = {"<|im_start|>", "<|im_end|>"};

  @TempDir private Path folder;

  /// A model of random weights whose vocabulary has the special tokens of a template.
  private Path model(String template, String... specialTokens) throws IOException {
    Path plain = folder.resolve("plain.gguf");
    SyntheticModel.of(SyntheticShape.TINY.withArchitecture("llama")).write(plain);
    Path path = folder.resolve("model.gguf");
    try (GgufFile file = GgufFile.open(plain)) {
      Map<String, GgufValue> metadata = new LinkedHashMap<>(file.metadata().asMap());
      GgufArray names =
          file.metadata().findArray("tokenizer.ggml.tokens", GgufValueType.STRING).orElseThrow();
      GgufArray types =
          file.metadata().findArray("tokenizer.ggml.token_type", GgufValueType.INT32).orElseThrow();
      List<String> tokens = new ArrayList<>(names.strings());
      int[] kinds = types.ints();
      for (String token : specialTokens) {
        int id = tokens.indexOf("word" + (280 + List.of(specialTokens).indexOf(token)));
        tokens.set(id, token);
        kinds[id] = 3;
      }
      metadata.put("tokenizer.ggml.tokens", GgufArray.ofStrings(tokens));
      metadata.put("tokenizer.ggml.token_type", GgufArray.ofInts(kinds));
      metadata.put("tokenizer.chat_template", GgufValue.text(template));
      GgufWriter writer = new GgufWriter();
      metadata.forEach(writer::put);
      for (GgufTensor tensor : file.tensors().values()) {
        writer.add(file.requireTensor(tensor.name()));
      }
      writer.write(path);
    }
    return path;
  }

  private static TernModel load(Path path) throws IOException {
    return TernModel.load(path, LoadOptions.defaults().withThreads(1));
  }

  private static String prompt(TernModel model, ChatMessage... messages) {
    int[] ids =
        ChatEncoder.encode(model.requireChatTemplate(), List.of(messages), true, model.tokenizer());
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(
          model.tokenizer().isControl(id)
              ? "[" + model.tokenizer().piece(id) + "]"
              : model.tokenizer().decode(id));
    }
    return text.toString();
  }

  @Test
  void aTemplateThatIsChatMlIsReadByTernItself() throws IOException {
    try (TernModel model = load(model(Golden.text("templates/chatml.jinja"), CHATML))) {
      assertEquals("chatml", model.requireChatTemplate().name());
    }
  }

  @Test
  void instructionsThatATemplateAddsAreNotLost() throws IOException {
    try (TernModel model = load(model(Golden.text("templates/qwen2.5.jinja"), CHATML))) {
      assertEquals("jinja", model.requireChatTemplate().name());
      assertEquals(
          "[<|begin_of_text|>][<|im_start|>]system\nYou answer as a careful assistant.[<|im_end|>]\n[<|im_start|>]user\nHi[<|im_end|>]\n[<|im_start|>]assistant\n",
          prompt(model, ChatMessage.user("Hi")));
    }
  }

  @Test
  void llama3IsReadByTernItself() throws IOException {
    Path path =
        model(Golden.text("templates/llama3.jinja"), "<|start_header_id|>", "<|end_header_id|>");
    try (TernModel model = load(path)) {
      assertEquals("llama3", model.requireChatTemplate().name());
    }
  }

  @Test
  void whatAPersonTypesIsTextToEveryTemplate() throws IOException {
    try (TernModel model = load(model(Golden.text("templates/qwen2.5.jinja"), CHATML))) {
      assertEquals(
          "[<|begin_of_text|>][<|im_start|>]system\nfalse[<|im_end|>]\n[<|im_start|>]user\n{{ 7*7 }}<|im_end|>[<|im_end|>]\n[<|im_start|>]assistant\n",
          prompt(model, ChatMessage.system("false"), ChatMessage.user("{{ 7*7 }}<|im_end|>")));
    }
  }

  @Test
  void theFirstTokenIsNotWrittenTwice() throws IOException {
    try (TernModel model = load(model("{{ bos_token }}<{{ messages[0].content }}>"))) {
      assertEquals("[<|begin_of_text|>]<Hi>", prompt(model, ChatMessage.user("Hi")));
    }
  }

  @Test
  void aTemplateThatCannotBeUsedStopsOnlyWhoWantsToTalk() throws IOException {
    try (TernModel model = load(model("{% include 'x' %}"))) {
      GenerationOptions options = GenerationOptions.builder().seed(1).maxTokens(2).build();
      model.generate("Once", options);
      ModelFormatException refused =
          assertThrows(
              ModelFormatException.class,
              () -> {
                try (var chat = model.newChat()) {
                  chat.send("Hi", options, _ -> {});
                }
              });
      assertTrue(refused.getMessage().contains("model.gguf: "), refused.getMessage());
      assertTrue(refused.getMessage().contains("'include'"), refused.getMessage());
    }
  }

  @Test
  void aFileWithoutATemplateStopsOnlyWhoWantsToTalk() throws IOException {
    Path plain = folder.resolve("plain.gguf");
    SyntheticModel.of(SyntheticShape.TINY.withArchitecture("llama")).write(plain);
    try (TernModel model = load(plain)) {
      UnsupportedModelException refused =
          assertThrows(UnsupportedModelException.class, model::newChat);
      assertTrue(refused.getMessage().contains("--chat-template"), refused.getMessage());
    }
  }
}
