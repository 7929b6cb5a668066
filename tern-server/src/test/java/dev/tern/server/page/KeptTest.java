package dev.tern.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the browser keeps: conversations and settings.
class KeptTest extends PageTest {
  @Test
  void findsAConversationAgainAfterAReload() {
    open();
    ask("One");
    page.reload();
    assertThat(questions()).hasText("One");
    assertThat(answers()).hasText("Hello.");
    ask("Two");
    assertEquals(3, server.lastBody().get("messages").size());
  }

  @Test
  void goesFromOneConversationToAnother() {
    open();
    ask("First");
    button("New conversation").click();
    ask("Second");
    button("First").click();
    assertThat(questions()).hasText(new String[] {"First"});
    button("Second").click();
    assertThat(questions()).hasText(new String[] {"Second"});
  }

  @Test
  void renamesAndDeletes() {
    open();
    ask("First");
    button("Rename First").click();
    page.getByLabel("New name").fill("Terns");
    page.keyboard().press("Enter");
    assertThat(button("Terns")).isVisible();
    ask("Second");
    assertThat(button("Terns")).isVisible();
    button("Delete Terns").click();
    button("Delete").click();
    assertThat(page.locator("#conversations li")).hasCount(0);
    assertThat(questions()).hasCount(0);
  }

  @Test
  void followsAnotherTab() {
    open();
    ask("One");
    Page other = page.context().newPage();
    other.navigate(server.url());
    other.locator("#input").fill("Two");
    other.locator("#input").press("Enter");
    assertThat(answers()).hasCount(2);
    other.locator("[aria-label='Delete One']").click();
    other.locator("#confirm-yes").click();
    assertThat(questions()).hasCount(0);
    ask("Three");
    assertThat(other.locator("#conversations .title")).hasText("Three");
  }

  @Test
  void deletesEverything() {
    open();
    ask("First");
    button("New conversation").click();
    ask("Second");
    button("Delete all").click();
    page.locator("#confirm-yes").click();
    assertThat(page.locator("#conversations li")).hasCount(0);
    assertEquals(
        0,
        page.evaluate("Object.keys(localStorage).filter(k => k.includes('conversation.')).length"));
  }

  @Test
  void showsWhatCanBeReadOfDamagedConversations() {
    page.addInitScript(
        """
        localStorage.setItem('tern.last.chat', '"a"');
        localStorage.setItem('tern.conversation.a', JSON.stringify({ messages: [
          null, 7, { role: 'user' }, { role: 'user', content: 'One' },
          { role: 'assistant', finish: 'error', usage: {}, stats: { tokens: 'x' } } ] }));
        localStorage.setItem('tern.conversation.b', '{"kind": "text", "text": "B"}');
        localStorage.setItem('tern.conversation.c', '[]');
        """);
    open();
    assertThat(questions()).hasText(new String[] {"One"});
    assertThat(page.locator(".notice")).containsText("The answer failed.");
    assertThat(page.locator("#conversations .title")).hasText(new String[] {"One"});
    send("Two");
    assertThat(answers().last()).hasText("Hello.");
    assertEquals(1, server.lastBody().get("messages").size());
  }

  @Test
  void exportsConversations() throws IOException {
    open();
    ask("First");
    Download download = page.waitForDownload(() -> button("Export all").click());
    JsonNode exported = JsonMapper.shared().readTree(Files.readString(download.path()));
    assertEquals("Hello.", exported.at("/conversations/0/messages/1/content").asString());
  }

  @Test
  void sendsTheSettingsThatAreMadeAndNoOthers() {
    open();
    button("Settings").click();
    page.getByLabel("System prompt").fill("Be short.");
    page.getByLabel("Temperature").fill("2.1");
    assertThat(page.locator("#setting-temperature-hint")).containsText("from 0 to 2");
    page.getByLabel("Temperature").fill("0.5");
    page.getByLabel("Seed").fill("42");
    page.getByLabel("Top-p").fill("7");
    assertThat(page.locator("#setting-top_p-hint")).containsText("Not used");
    page.keyboard().press("Escape");
    page.reload();
    ask("One");
    JsonNode body = server.lastBody();
    assertEquals("Be short.", body.at("/messages/0/content").asString());
    assertEquals("system", body.at("/messages/0/role").asString());
    assertEquals(0.5, body.get("temperature").asDouble());
    assertEquals(42, body.get("seed").asInt());
    for (String empty : new String[] {"top_p", "top_k", "min_p", "max_tokens", "repeat_penalty"}) {
      assertFalse(body.has(empty), empty);
    }
  }

  @Test
  void continuesATextWhereTheModelHasNoChatTemplate() {
    server.withoutChatTemplate();
    server.script(call -> ScriptedServer.says(call, " was", " a tern."));
    open();
    page.locator("#text").fill("There");
    button("Continue").click();
    assertThat(page.locator("#text")).hasValue("There was a tern.");
    assertThat(button("Continue")).isVisible();
    assertEquals("There", server.lastBody().get("prompt").asString());
    assertTrue(page.locator("#text-stats").textContent().contains("2 tokens"));
    assertEquals(
        false, page.evaluate("Object.values(localStorage).some(it => it.includes('\"There\"'))"));
    button("Undo").click();
    assertThat(page.locator("#text")).hasValue("There");
    page.reload();
    assertThat(page.locator("#text")).hasValue("There");
  }

  private void ask(String text) {
    int before = answers().count();
    send(text);
    assertThat(answers()).hasCount(before + 1);
    assertThat(button("Answer again").nth(before)).isVisible();
  }
}
