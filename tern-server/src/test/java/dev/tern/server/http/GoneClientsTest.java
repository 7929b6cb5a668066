package dev.tern.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;

// A client that leaves, or only waits, is the point.
@SuppressWarnings("try")
class GoneClientsTest {
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch gone = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(20, TimeUnit.SECONDS));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void areNoticedWhileNothingIsWritten(boolean reset) throws Exception {
    try (Served served =
            Served.with(call -> {
              call.body();
              call.onGone(gone::countDown);
              begun.countDown();
              await(gone);
            });
        RawClient client = served.client().post("/test", "{}")) {
      await(begun);
      if (reset) {
        client.socket().setSoLinger(true, 0);
      }
      client.close();
      await(gone);
      assertEquals(HttpCall.CLIENT_GONE, served.report().status());
    }
  }

  @Test
  void areNoticedByWhoAsksLate() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    try (Served served =
            Served.with(call -> {
              call.body();
              call.onGone(gone::countDown);
              begun.countDown();
              await(gone);
              call.onGone(told::countDown);
            });
        RawClient client = served.client().post("/test", "{}")) {
      await(begun);
      client.close();
      await(told);
    }
  }

  @Test
  void areNotedWhereTheyOnlyBeginTheNextRequest() throws Exception {
    try (Served served =
            Served.with(call -> {
              call.body();
              call.onGone(gone::countDown);
              begun.countDown();
              await(go);
              call.reply(JsonNodeFactory.instance.objectNode().put("gone", gone.getCount() == 0));
            });
        RawClient client = served.client().post("/test", "{}")) {
      await(begun);
      client.get("/ok").get("/open");
      go.countDown();
      assertEquals("{\"gone\":false}", client.answer().body());
      assertEquals("{\"ok\":true}", client.answer().body(), "early requests are not lost");
      assertEquals("{\"ok\":true}", client.answer().body());
    }
  }

  @Test
  void areNoticedBehindManyRequestsThatCameEarly() throws Exception {
    try (Served served =
            Served.with(call -> {
              call.body();
              call.onGone(gone::countDown);
              begun.countDown();
              await(gone);
            });
        RawClient client = served.client().post("/test", "{}")) {
      await(begun);
      client.get("/ok").get("/ok").close();
      await(gone);
    }
  }

  @Test
  void thatWaitForNothingMoreStillGetShortAnswers() throws IOException {
    try (Served served = Served.with(HttpOptions.defaults());
        RawClient client = served.client().get("/ok")) {
      client.socket().shutdownOutput();
      assertEquals("{\"ok\":true}", client.answer().body());
    }
  }
}
