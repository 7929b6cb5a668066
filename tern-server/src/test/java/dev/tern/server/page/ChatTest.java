package dev.tern.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.api.EventStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ChatTest extends PageTest {
  @Test
  void showsAnAnswerWhileItComes() {
    CountDownLatch seen = new CountDownLatch(1);
    server.script(call -> {
      EventStream stream = call.stream();
      stream.data(ScriptedServer.piece("Terns **fl"));
      seen.await();
      stream.data(ScriptedServer.piece("y** far."));
      ScriptedServer.finishes(stream, "stop", 10, 2);
    });
    open();
    send("What do terns do?");
    assertThat(answers()).hasText("Terns **fl");
    assertThat(button("Stop")).isVisible();
    seen.countDown();
    assertThat(answers().locator("strong")).hasText("fly");
    assertThat(page.locator(".answer .stats")).containsText("2 tokens");
    assertThat(page.locator("#context")).hasText("12 of 100 tokens");
    assertThat(button("Send")).isVisible();
    JsonNode body = server.lastBody();
    assertEquals("What do terns do?", body.at("/messages/0/content").asString());
    assertTrue(body.get("stream").asBoolean());
    assertTrue(body.at("/stream_options/include_usage").asBoolean());
    assertFalse(body.has("temperature"), body::toString);
  }

  @Test
  void sendsTheWholeConversation() {
    open();
    send("One");
    assertThat(answers()).hasCount(1);
    assertThat(button("Send")).isVisible();
    send("Two");
    assertThat(answers()).hasCount(2);
    assertEquals(
        "[user One, assistant Hello., user Two]", roles(server.lastBody().get("messages")));
  }

  @Test
  void stopsWithTheButton() {
    server.script(ChatTest::goesOn);
    open();
    send("Count");
    assertThat(answers()).containsText("word word");
    button("Stop").click();
    assertThat(page.locator(".notice")).hasText("Stopped.");
    assertThat(page.locator("#input")).isFocused();
    assertThat(page.locator(".answer .stats")).containsText("about");
  }

  @Test
  void stopsWithEscapeFromAnywhere() {
    server.script(ChatTest::goesOn);
    open();
    send("Count");
    assertThat(answers()).containsText("word word");
    page.locator("#open-settings").focus();
    page.keyboard().press("Escape");
    assertThat(page.locator(".notice")).hasText("Stopped.");
  }

  @Test
  void sendsAnEditedMessageAgainFromThere() {
    open();
    send("One");
    assertThat(button("Answer again")).isVisible();
    send("Two");
    assertThat(answers()).hasCount(2);
    assertThat(button("Send")).isVisible();
    button("Edit and send again").first().click();
    page.getByLabel("Edit the message").fill("Three");
    page.getByLabel("Edit the message").press("Enter");
    button("Remove and send").click();
    assertThat(questions()).hasText(new String[] {"Three"});
    assertThat(answers()).hasText(new String[] {"Hello."});
    assertEquals("[user Three]", roles(server.lastBody().get("messages")));
  }

  @Test
  void leavesAMessageAsItWasWhenEditingIsCancelled() {
    open();
    send("One");
    assertThat(button("Answer again")).isVisible();
    button("Edit and send again").click();
    page.getByLabel("Edit the message").fill("Three");
    page.keyboard().press("Escape");
    assertThat(questions()).hasText("One");
    assertEquals(1, server.bodies().size());
  }

  @Test
  void answersAgain() {
    open();
    send("One");
    assertThat(answers()).hasText("Hello.");
    server.script(call -> ScriptedServer.says(call, "Good ", "day."));
    button("Answer again").click();
    assertThat(answers()).hasText(new String[] {"Good day."});
    assertEquals("[user One]", roles(server.lastBody().get("messages")));
  }

  @Test
  void asksBeforeAnsweringAgainWhereMessagesFollow() {
    askTwice();
    button("Answer again").first().click();
    assertThat(page.locator(".ask")).containsText("The 2 messages that follow are removed.");
    page.keyboard().press("Escape");
    assertThat(page.locator(".ask")).hasCount(0);
    assertThat(button("Answer again").first()).isFocused();
    button("Edit and send again").first().click();
    page.getByLabel("Edit the message").press("Enter");
    assertThat(page.locator(".ask button").first()).isFocused();
    page.keyboard().press("Enter");
    assertThat(page.getByLabel("Edit the message")).isFocused();
    assertEquals(2, server.bodies().size());
  }

  @Test
  void putsBackWhatAnAnswerThatFailsWouldHaveReplaced() {
    askTwice();
    server.script(_ -> {
      throw ApiException.busy("All places are taken.", Duration.ofMinutes(10));
    });
    button("Answer again").first().click();
    button("Remove and answer again").click();
    assertThat(page.locator(".answer").first()).containsText("All places are taken.");
    assertThat(questions()).hasText(new String[] {"One", "Two"});
    button("Edit and send again").first().click();
    page.getByLabel("Edit the message").fill("Three");
    page.getByLabel("Edit the message").press("Enter");
    button("Remove and send").click();
    assertThat(page.locator(".edit")).containsText("All places are taken.");
    assertThat(page.getByLabel("Edit the message")).hasValue("Three");
    assertThat(answers()).hasText(new String[] {"Hello.", "Hello."});
    page.reload();
    assertThat(questions()).hasText(new String[] {"One", "Two"});
    forgetRefusals();
  }

  private void askTwice() {
    open();
    send("One");
    assertThat(button("Answer again")).hasCount(1);
    send("Two");
    assertThat(button("Answer again")).hasCount(2);
  }

  @Test
  void offersToTryAgainWhenTheQueueIsFull() {
    server.script(_ -> {
      throw ApiException.busy("All places are taken.", Duration.ofMinutes(10));
    });
    open();
    send("One");
    assertThat(page.locator(".notice [role=alert]")).hasText("All places are taken.");
    assertThat(page.locator(".notice [role=alert] button")).hasCount(0);
    page.evaluate(
        """
        () => {
          const key = Object.keys(localStorage).find(it => it.startsWith('tern.conversation.'));
          const kept = JSON.parse(localStorage.getItem(key));
          kept.messages[1].error.retryAt -= 400_000;
          localStorage.setItem(key, JSON.stringify(kept));
        }
        """);
    page.reload();
    assertThat(page.locator(".notice [role=alert]")).hasCount(0);
    assertThat(page.getByText(Pattern.compile("room expected in [12]\\d\\d s"))).isVisible();
    server.script(call -> ScriptedServer.says(call, "Now."));
    page.getByText(Pattern.compile("Try again .room expected in \\d+ s.")).click();
    assertThat(answers()).hasText(new String[] {"Now."});
    forgetRefusals();
  }

  @Test
  void saysWhenAConversationNoLongerFits() {
    server.script(_ -> {
      throw ApiException.invalid("messages", "context_length_exceeded", "120 are too many.");
    });
    open();
    send("One");
    assertThat(page.locator(".notice")).containsText("120 are too many. Begin a new conversation");
    forgetRefusals();
  }

  @Test
  void saysWhenTheContextIsFullBehindAnAnswer() {
    server.script(call -> {
      EventStream stream = call.stream();
      stream.data(ScriptedServer.piece("And"));
      ScriptedServer.finishes(stream, "length", 60, 40);
    });
    open();
    send("One");
    assertThat(page.locator(".notice")).containsText("The context is full (100 tokens)");
  }

  @Test
  void saysWhatWentWrongInsideAnAnswerAndKeepsItsBeginning() {
    server.script(call -> {
      call.stream().data(ScriptedServer.piece("Half"));
      throw ApiException.of(500, "server_error", "internal", "The model is gone.");
    });
    open();
    send("One");
    assertThat(page.locator(".notice")).containsText("The model is gone.");
    assertThat(answers()).hasText("Half");
  }

  @Test
  void saysWhenTheServerIsDown() {
    open();
    server.close();
    send("One");
    assertThat(page.locator(".notice")).containsText("The server does not answer.");
    assertThat(button("Try again")).isVisible();
    forgetRefusals();
  }

  @Test
  void leavesTheKeysOfAnInputMethodToIt() {
    server.script(ChatTest::goesOn);
    open();
    send("Count");
    assertThat(answers()).containsText("word word");
    composing("#input", "Escape");
    button("Rename Count").click();
    composing("[aria-label='New name']", "Enter");
    composing("[aria-label='New name']", "Escape");
    assertThat(page.getByLabel("New name")).isVisible();
    button("Edit and send again").click();
    composing("[aria-label='Edit the message']", "Escape");
    composing("[aria-label='Edit the message']", "Enter");
    assertThat(page.getByLabel("Edit the message")).isVisible();
    assertEquals(1, server.bodies().size());
    button("Stop").click();
    assertThat(page.locator(".notice")).hasText("Stopped.");
  }

  private void composing(String selector, String key) {
    page.locator(selector)
        .evaluate(
            "(it, key) => it.dispatchEvent(new KeyboardEvent('keydown',"
                + " { key, isComposing: true, bubbles: true, cancelable: true }))",
            key);
  }

  @Test
  void isThereBeforeTheServerHasSaidWhatItHas() {
    CountDownLatch told = new CountDownLatch(1);
    server.models(told);
    page.navigate(server.url());
    send("Nothing");
    button("Stop").click();
    assertThat(page.locator(".notice")).hasText("Stopped.");
    send("One");
    assertThat(questions()).hasText(new String[] {"Nothing", "One"});
    assertEquals(
        "down",
        page.evaluate(
            "async () => (await import('/page/js/api.js')).models(10).catch(it => it.kind)"));
    assertEquals(0, server.bodies().size());
    told.countDown();
    assertThat(answers().last()).hasText("Hello.");
    assertEquals("scripted", server.lastBody().get("model").asString());
  }

  @Test
  void goesOnWithTheModelThatTheServerHasNow() {
    server.script(call -> {
      if (!server.lastBody().get("model").asString().equals("other")) {
        throw ApiException.of(
            404, "invalid_request_error", "model_not_found", "There is no such model.");
      }
      ScriptedServer.says(call, "Hello.");
    });
    open();
    server.serve("other");
    send("One");
    assertThat(page.locator(".notice")).containsText("There is no such model.");
    assertThat(page.locator("#model-name")).hasText("other");
    button("Try again").click();
    assertThat(answers()).hasText(new String[] {"Hello."});
    forgetRefusals();
  }

  @Test
  void asksForTheKeyAndGoesOnWithIt() {
    server.script(call -> {
      if (server.bodies().size() == 1) {
        throw ApiException.of(401, "authentication_error", "invalid_api_key", "A key, please.");
      }
      ScriptedServer.says(call, "Welcome.");
    });
    open();
    send("One");
    assertThat(page.locator("#key-reason")).hasText("A key, please.");
    page.locator("#key").fill("sésame");
    button("Use this key").click();
    assertThat(page.locator("#key-problem")).containsText("ASCII");
    page.locator("#key").fill("sesame");
    var request =
        page.waitForRequest("**/v1/chat/completions", () -> button("Use this key").click());
    assertEquals("Bearer sesame", request.headerValue("Authorization"));
    assertThat(answers()).hasText("Welcome.");
    assertEquals("sesame", page.evaluate("sessionStorage.getItem('tern.key')"));
    assertEquals(null, page.evaluate("localStorage.getItem('tern.key')"));
    forgetRefusals();
  }

  /// Says `word` until nobody listens any more.
  private static void goesOn(Call call) throws InterruptedException {
    EventStream stream = call.stream();
    while (true) {
      stream.data(ScriptedServer.piece("word "));
      Thread.sleep(20);
    }
  }

  private static String roles(JsonNode messages) {
    return messages
        .valueStream()
        .map(message -> message.get("role").asString() + " " + message.get("content").asString())
        .toList()
        .toString();
  }
}
