package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The server as OpenAI's own JavaScript client sees it. The client is installed below `target`,
/// where there is npm and it reaches its registry.
@Timeout(300)
class NodeClientTest {
  private static final String SCRIPT =
      """
      import OpenAI from "openai";
      const client = new OpenAI({ baseURL: process.argv.at(-1) + "/v1", apiKey: "none", maxRetries: 0 });
      const model = "tiny";
      const messages = [{ role: "user", content: "Hi" }];
      const few = { model, messages, max_tokens: 5, seed: 1 };
      const all = async (stream) => { const a = []; for await (const e of stream) a.push(e); return a; };
      const format = { name: "x", strict: true, schema: { type: "object",
        properties: { sure: { type: "boolean" } }, required: ["sure"], additionalProperties: false } };
      const found = {};
      found.chat = await client.chat.completions.create(few);
      found.chunks = await all(await client.chat.completions.create(
        { ...few, stream: true, stream_options: { include_usage: true } }));
      found.logprobs = await client.chat.completions.create(
        { ...few, logprobs: true, top_logprobs: 2 });
      found.schema = await client.chat.completions.create(
        { model, messages, response_format: { type: "json_schema", json_schema: format } });
      const when = { type: "object", properties: { tomorrow: { type: "boolean" } },
        required: ["tomorrow"], additionalProperties: false };
      const parameters = { type: "object", properties: { city: { enum: ["Oslo", "Rome"] }, when },
        required: ["city", "when"], additionalProperties: false };
      const tool = (name) => ({ type: "function", function: { name, parameters, strict: true } });
      const call = { model, messages, seed: 2, parallel_tool_calls: false,
        tools: [tool("weather"), tool("time")] };
      const named = { ...call, tool_choice: { type: "function", function: { name: "time" } } };
      found.required = await client.chat.completions.create({ ...call, tool_choice: "required" });
      found.named = await client.chat.completions.create(named);
      found.deltas = await all(await client.chat.completions.create({ ...named, stream: true }));
      found.gathered = await client.chat.completions.stream(named).finalChatCompletion();
      const called = found.named.choices[0].message;
      const result = { role: "tool", tool_call_id: called.tool_calls[0].id, content: "Rain" };
      found.answered = await client.chat.completions.create(
        { ...few, messages: [...messages, called, result] });
      const respond = { model, input: "Hi", max_output_tokens: 20, seed: 1 };
      found.response = await client.responses.create(respond);
      found.events = await all(await client.responses.create({ ...respond, stream: true }));
      found.floats = await client.embeddings.create(
        { model, input: ["a", "b"], encoding_format: "float" });
      found.embeddings = await client.embeddings.create({ model, input: ["a", "b"] });
      found.models = await all(client.models.list());
      const refusal = async (call) => { try { await call; return {}; } catch (e) {
        return { kind: e.constructor.name, status: e.status, type: e.type, param: e.param,
          code: e.code, message: e.message }; } };
      found.refused = await refusal(client.chat.completions.create({ ...few, temperature: 9 }));
      found.absent = await refusal(client.chat.completions.create({ ...few, model: "other" }));
      const stream = await client.chat.completions.create(
        { model, messages, stream: true, max_tokens: 400, seed: 1, ignore_eos: true });
      let chunks = 0, finished = false;
      for await (const chunk of stream) {
        finished ||= chunk.choices[0].finish_reason !== null;
        if (++chunks === 3) stream.controller.abort();
      }
      found.aborted = { chunks, finished };
      console.log(JSON.stringify(found));
      """;
  private static final List<String> INSTALL =
      List.of(
          "npm",
          "install",
          "--no-audit",
          "--no-fund",
          "--ignore-scripts",
          "--fetch-retries=0",
          "--fetch-timeout=15000",
          "--prefix",
          ".",
          "openai@6.49.0");
  private static final Path INSTALLED = Path.of("target", "javascript");

  @TempDir Path folder;

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    Files.createDirectories(INSTALLED);
    if (Files.notExists(INSTALLED.resolve("node_modules/openai/package.json"))) {
      Process npm = start(INSTALL, Path.of("npm.log"));
      boolean ended = npm.waitFor(60, TimeUnit.SECONDS);
      npm.destroyForcibly();
      Assumptions.assumeTrue(
          ended && npm.exitValue() == 0,
          "skipped: npm cannot install openai, see target/javascript/npm.log");
    }
  }

  private static Process start(List<String> command, Path output) throws IOException {
    try {
      return new ProcessBuilder(command)
          .directory(INSTALLED.toFile())
          .redirectErrorStream(true)
          .redirectOutput(INSTALLED.resolve(output).toFile())
          .start();
    } catch (IOException absent) {
      Assumptions.abort("skipped: there is no " + command.getFirst());
      throw absent;
    }
  }

  private JsonNode ask(TestServer server) throws IOException, InterruptedException {
    Path output = folder.resolve("found.json").toAbsolutePath();
    Process node =
        start(List.of("node", "--input-type=module", "-e", SCRIPT, server.url()), output);
    boolean ended = node.waitFor(120, TimeUnit.SECONDS);
    node.destroyForcibly();
    String said = Files.readString(output);
    assertTrue(ended, said);
    assertEquals(0, node.exitValue(), said);
    return new JsonMapper().readTree(said);
  }

  @Test
  void everyOperationIsUnderstood() throws IOException, InterruptedException {
    try (TestServer server = TestServer.startWithTools()) {
      JsonNode found = ask(server);
      requireChat(found);
      requireTools(found);
      requireResponses(found);
      requireEmbeddings(found);
      assertEquals("tiny", found.at("/models/0/id").asString());
      requireRefusals(found);
      // What had come already is still handed out.
      assertTrue(found.at("/aborted/chunks").intValue() >= 3);
      assertFalse(found.at("/aborted/finished").booleanValue());
    }
  }

  private static void requireChat(JsonNode found) {
    String text = found.at("/chat/choices/0/message/content").asString();
    StringBuilder streamed = new StringBuilder();
    JsonNode chunks = found.get("chunks");
    chunks.forEach(chunk -> streamed.append(chunk.at("/choices/0/delta/content").asString("")));
    assertEquals(text, streamed.toString());
    assertEquals(
        found.at("/chat/usage/total_tokens"),
        chunks.get(chunks.size() - 1).at("/usage/total_tokens"));
    assertEquals(5, found.at("/chat/usage/completion_tokens").intValue());
    assertEquals(5, found.at("/logprobs/choices/0/logprobs/content").size());
    assertEquals(2, found.at("/logprobs/choices/0/logprobs/content/0/top_logprobs").size());
    JsonNode answer =
        new JsonMapper().readTree(found.at("/schema/choices/0/message/content").asString());
    assertTrue(answer.get("sure").isBoolean());
    assertEquals(1, answer.size());
  }

  private static void requireTools(JsonNode found) {
    requireCall(found.at("/required/choices/0"), List.of("weather", "time"));
    requireCall(found.at("/named/choices/0"), List.of("time"));
    JsonNode whole = found.at("/named/choices/0/message/tool_calls/0/function");
    // The client's own way of putting deltas together, which reads the arguments as JSON too.
    requireCall(found.at("/gathered/choices/0"), List.of("time"));
    JsonNode gathered = found.at("/gathered/choices/0/message/tool_calls/0/function");
    assertEquals(whole.get("arguments"), gathered.get("arguments"));
    requireArguments(gathered.get("parsed_arguments"));

    StringBuilder names = new StringBuilder();
    StringBuilder arguments = new StringBuilder();
    for (JsonNode chunk : found.get("deltas")) {
      JsonNode delta = chunk.at("/choices/0/delta");
      assertEquals("", delta.path("content").asString(""));
      names.append(delta.at("/tool_calls/0/function/name").asString(""));
      arguments.append(delta.at("/tool_calls/0/function/arguments").asString(""));
    }
    assertEquals("time", names.toString());
    assertEquals(whole.get("arguments").asString(), arguments.toString());
    JsonNode last = found.get("deltas").get(found.get("deltas").size() - 1);
    assertEquals("tool_calls", last.at("/choices/0/finish_reason").asString());

    assertFalse(found.at("/answered/choices/0/message/content").asString().isEmpty());
    assertTrue(
        found.at("/answered/usage/prompt_tokens").intValue()
            > found.at("/chat/usage/prompt_tokens").intValue());
  }

  private static void requireCall(JsonNode choice, List<String> names) {
    assertEquals("tool_calls", choice.get("finish_reason").asString());
    assertTrue(choice.at("/message/content").isNull(), choice.toString());
    assertEquals(1, choice.at("/message/tool_calls").size(), choice.toString());
    JsonNode function = choice.at("/message/tool_calls/0/function");
    assertTrue(names.contains(function.get("name").asString()), choice.toString());
    requireArguments(new JsonMapper().readTree(function.get("arguments").asString()));
  }

  private static void requireArguments(JsonNode arguments) {
    assertEquals(2, arguments.size(), arguments.toString());
    assertTrue(List.of("Oslo", "Rome").contains(arguments.get("city").asString()));
    assertEquals(1, arguments.get("when").size(), arguments.toString());
    assertTrue(arguments.at("/when/tomorrow").isBoolean(), arguments.toString());
  }

  private static void requireResponses(JsonNode found) {
    // The client puts it together itself, of the parts of the messages.
    String text = found.at("/response/output_text").asString();
    assertFalse(text.isEmpty());
    StringBuilder streamed = new StringBuilder();
    JsonNode events = found.get("events");
    for (JsonNode event : events) {
      if (event.get("type").asString().equals("response.output_text.delta")) {
        streamed.append(event.get("delta").asString());
      }
    }
    assertEquals(text, streamed.toString());
    assertEquals("response.created", events.at("/0/type").asString());
    assertEquals(
        "response." + found.at("/response/status").asString(),
        events.get(events.size() - 1).get("type").asString());
  }

  /// Without a format the client asks for base64, and makes numbers of it itself.
  private static void requireEmbeddings(JsonNode found) {
    for (int i = 0; i < 2; i++) {
      JsonNode floats = found.at("/floats/data/%d/embedding".formatted(i));
      JsonNode decoded = found.at("/embeddings/data/%d/embedding".formatted(i));
      assertEquals(128, floats.size());
      assertEquals(128, decoded.size());
      for (int k = 0; k < floats.size(); k++) {
        assertEquals(floats.get(k).asDouble(), decoded.get(k).asDouble(), 1e-6);
      }
    }
  }

  private static void requireRefusals(JsonNode found) {
    JsonNode refused = found.get("refused");
    assertEquals("BadRequestError", refused.get("kind").asString());
    assertEquals(400, refused.get("status").intValue());
    assertEquals("temperature", refused.get("param").asString());
    assertEquals("invalid_request_error", refused.get("type").asString());
    JsonNode absent = found.get("absent");
    assertEquals("NotFoundError", absent.get("kind").asString());
    assertEquals(404, absent.get("status").intValue());
    assertEquals("model_not_found", absent.get("code").asString());
    assertTrue(
        absent.get("message").asString().contains("the model 'other' is not served here"),
        absent.toString());
  }
}
