package dev.tern.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.options.BoundingBox;
import org.junit.jupiter.api.Test;

/// The page on a telephone, whose keys are on the screen.
class PhoneTest extends PageTest {
  private static final double LEAST_TARGET = 44;

  @Override
  Browser.NewContextOptions options() {
    return super.options().setViewportSize(390, 844).setHasTouch(true);
  }

  @Test
  void beginsALineWithEnterAndLeavesTheKeysAwayWhileAnswering() {
    open();
    page.locator("#input").fill("One");
    page.locator("#input").press("Enter");
    assertThat(page.locator("#input")).hasValue("One\n");
    assertEquals(0, server.bodies().size());
    button("Send").tap();
    button("Answer again").tap();
    assertThat(button("Answer again")).isVisible();
    assertThat(page.locator("#input")).not().isFocused();
    assertEquals(2, server.bodies().size());
    button("Conversations").tap();
    for (String name : new String[] {"Rename One", "Export One", "Delete One", "One"}) {
      BoundingBox box = button(name).boundingBox();
      assertTrue(box.height >= LEAST_TARGET && box.width >= LEAST_TARGET, name);
    }
  }

  @Test
  void growsTheFieldWithItsTextWhereStyleSheetsCannot() {
    page.addInitScript("CSS.supports = () => false");
    page.addInitScript(
        "document.addEventListener('DOMContentLoaded', () =>"
            + " { document.getElementById('input').style.fieldSizing = 'fixed' })");
    open();
    double before = page.locator("#input").boundingBox().height;
    page.locator("#input").fill("One\nTwo\nThree\nFour");
    assertTrue(page.locator("#input").boundingBox().height > before + 40);
    button("Send").tap();
    assertThat(button("Answer again")).isVisible();
    assertEquals(before, page.locator("#input").boundingBox().height, 1);
  }
}
