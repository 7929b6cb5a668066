package dev.tern.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What keeps conversations, called in the browser.
class StoreTest extends PageTest {
  @BeforeEach
  void openFirst() {
    open();
  }

  @Test
  void readsWhatIsNewerThanWhatAFullStorageKeeps() {
    assertEquals(
        List.of("new", 1),
        inStore(
            """
            store.write('tern.a', 'old');
            Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
            store.write('tern.a', 'new');
            store.save(create('chat', ''));
            return [store.read('tern.a'), store.exportAll().length];
            """));
  }

  @Test
  void worksWithoutStorageUntilThePageIsClosed() {
    assertEquals(
        List.of("a", 1, 1, "none"),
        inStore(
            """
            const refuse = () => { throw new DOMException('no', 'SecurityError'); };
            Object.defineProperty(window, 'localStorage', { get: refuse });
            store.write('tern.a', 'a');
            store.save(create('chat', ''));
            return [store.read('tern.a'), store.list('chat').length, store.exportAll().length, store.read('tern.b', 'none')];
            """));
  }

  @Test
  void keepsBothWhereTwoTabsHaveChangedAConversation() {
    assertEquals(
        List.of("One (copy),Two", "Two", "One"),
        inStore(
            """
            const other = await import('/page/js/store.js?other');
            const mine = create('text', '');
            store.save(mine);
            const theirs = other.load(mine.id);
            store.save(Object.assign(mine, { text: 'Two' }));
            const { id } = mine;
            other.save(Object.assign(theirs, { text: 'One' }));
            other.save(theirs);
            const titles = store.list('text').map((entry) => entry.title).sort().join();
            return [titles, store.load(id).text, store.load(theirs.id).text];
            """));
  }

  @Test
  void doesNotKeepAgainWhatAnotherTabHasDeleted() {
    assertEquals(
        List.of(0, 0),
        inStore(
            """
            const other = await import('/page/js/store.js?other');
            const mine = create('text', '');
            store.save(mine);
            other.drop(mine.id);
            store.save(mine);
            return [store.list().length, Object.keys(localStorage).filter((key) => key.includes(mine.id)).length];
            """));
  }

  @Test
  void findsEveryConversationWhateverTheIndexSays() {
    assertEquals(
        List.of("Two", "Two", 0),
        inStore(
            """
            const one = create('text', '');
            store.save(Object.assign(one, { text: 'Two' }));
            const titles = ['[1, null, {"id": 7}]', '{'].map((damaged) => {
              localStorage.setItem('tern.conversations', damaged);
              return store.list('text').map((entry) => entry.title).join();
            });
            localStorage.setItem('tern.conversation.damaged', '{');
            store.dropAll();
            return [...titles, Object.keys(localStorage).filter((key) => key.startsWith('tern.conversation.')).length];
            """));
  }

  private Object inStore(String script) {
    return page.evaluate(
        """
        async () => {
          const store = await import('/page/js/store.js');
          const { create } = await import('/page/js/conversation.js');
          %s
        }
        """
            .formatted(script));
  }
}
