/// From file to tokens: 1-bit large language models on the JDK alone.
module dev.tern.core {
  requires jdk.incubator.vector;
  requires static org.jspecify;

  exports dev.tern;
  exports dev.tern.chat;
  exports dev.tern.file;
  exports dev.tern.gguf;
  exports dev.tern.grammar;
  exports dev.tern.quant;
  exports dev.tern.safetensors;
  exports dev.tern.source;
  exports dev.tern.synthetic;
  exports dev.tern.tensor;
  exports dev.tern.tokenizer;
  exports dev.tern.tools;

  uses dev.tern.chat.JinjaRenderer;
}
