package dev.tern.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import dev.tern.server.api.EventStream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// How the page looks, and how it is used without a mouse.
class LooksTest extends PageTest {
  private static final String WIDE =
      "| a | b |\n|---|---|\n| %1$s | %1$s |\n\n```\n%1$s\n```\n\n%1$s".formatted("x".repeat(300));

  @Test
  void isDarkWhereTheSystemIs() {
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
    open();
    assertTrue(brightness() < 80);
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    assertTrue(brightness() > 200);
  }

  @Test
  void isDarkWhenChosenAndStaysSo() {
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    open();
    button("Settings").click();
    page.getByLabel("Dark").check();
    assertTrue(brightness() < 80);
    page.reload();
    assertTrue(brightness() < 80);
  }

  @Test
  void fitsIntoNarrowWindows() {
    page.setViewportSize(320, 640);
    page.emulateMedia(new Page.EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
    server.script(call -> ScriptedServer.says(call, WIDE));
    open();
    send("y".repeat(300));
    assertThat(button("Answer again")).isVisible();
    fits();
    button("Conversations").click();
    assertThat(button("New conversation")).isVisible();
    fits();
    page.keyboard().press("Escape");
    assertThat(button("New conversation")).isHidden();
    button("Settings").click();
    fits();
  }

  @Test
  void marksTheConversationThatIsShown() {
    open();
    send("One");
    assertThat(button("Answer again")).isVisible();
    String marked =
        "() => getComputedStyle(document.querySelector('#conversations .current')).boxShadow"
            + ".startsWith('rgb(15, 102, 102)')";
    assertEquals(true, page.evaluate(marked));
  }

  @Test
  void followsTheEndOnlyForThoseWhoAreThere() {
    server.script(call -> ScriptedServer.says(call, "line\n\n".repeat(100)));
    open();
    send("One");
    assertThat(button("Answer again")).isVisible();
    page.waitForFunction(
        "() => { const s = document.getElementById('scroll');"
            + " return s.scrollHeight - s.scrollTop - s.clientHeight < 2 }");
    page.evaluate("document.getElementById('scroll').scrollTop = 0");
    assertThat(button("Latest")).isVisible();
    button("Latest").click();
    assertThat(button("Latest")).isHidden();
  }

  @Test
  void isUsedWithTheKeyboardAlone() {
    open();
    assertThat(page.locator("#input")).isFocused();
    page.keyboard().type("One");
    page.keyboard().press("Shift+Enter");
    page.keyboard().type("line");
    page.keyboard().press("Enter");
    assertThat(questions()).hasText("One line");
    assertThat(button("Answer again")).isVisible();
    assertThat(page.locator("#input")).isFocused();
    tabTo("#open-settings", "Shift+Tab");
    page.keyboard().press("Enter");
    assertThat(page.locator("#settings")).isVisible();
    page.keyboard().press("Escape");
    assertThat(page.locator("#open-settings")).isFocused();
    tabTo("[aria-label='Answer again']", "Tab");
    page.keyboard().press("Enter");
    assertThat(page.locator("#input")).isFocused();
    assertThat(button("Answer again")).isVisible();
    assertEquals(2, server.bodies().size());
  }

  @Test
  void saysAnswersByParagraphsToThoseWhoListen() {
    CountDownLatch seen = new CountDownLatch(1);
    server.script(call -> {
      EventStream stream = call.stream();
      stream.data(ScriptedServer.piece("First.\n\nSec"));
      stream.data(ScriptedServer.piece("ond\n"));
      seen.await();
      ScriptedServer.finishes(stream, "stop", 10, 2);
    });
    open();
    send("One");
    assertThat(page.locator("#spoken p")).hasText(new String[] {"First."});
    seen.countDown();
    assertThat(page.locator("#spoken p")).hasText(new String[] {"First.", "Second"});
    assertThat(page.locator("#announcer")).hasText("The answer is complete");
    button("New conversation").click();
    assertThat(page.locator("#spoken p")).hasCount(0);
  }

  private void tabTo(String selector, String key) {
    for (int i = 0; i < 40; i++) {
      page.keyboard().press(key);
      if ((boolean)
          page.locator(selector).first().evaluate("it => it === document.activeElement")) {
        assertEquals(
            "solid",
            page.locator(selector).first().evaluate("it => getComputedStyle(it).outlineStyle"));
        return;
      }
    }
    throw new AssertionError(selector + " is not reached with " + key);
  }

  private void fits() {
    assertTrue(
        (boolean)
            page.evaluate(
                "['html', 'body', '#page', '#scroll', '#settings', '#sidebar']"
                    + ".map(s => document.querySelector(s))"
                    + ".every(it => it.scrollWidth <= it.clientWidth && it.clientWidth <= 320)"));
  }

  private int brightness() {
    Object color = page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    return Integer.parseInt(color.toString().replaceAll("^rgba?\\((\\d+),.*", "$1"));
  }
}
