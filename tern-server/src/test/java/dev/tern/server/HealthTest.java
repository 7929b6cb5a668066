package dev.tern.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HealthTest {
  private static final String WELL = "{\"status\":\"ok\"}";

  @Test
  void saysWhenNoMoreRequestsAreTaken() throws Exception {
    try (TestServer server = TestServer.start();
        Client client = new Client(server)) {
      for (String path : new String[] {"/health", "/health/live", "/health/ready"}) {
        assertEquals("200 " + WELL, get(client, server, path));
      }
      assertTrue(server.drain(Duration.ZERO));
      assertEquals("200 " + WELL, get(client, server, "/health/live"));
      for (String path : new String[] {"/health", "/health/ready", "/v1/models"}) {
        String answer = get(client, server, path);
        assertTrue(answer.startsWith("503 {\"error\":{"), answer);
        assertTrue(answer.contains("\"code\":\"shutting_down\""), answer);
      }
      String metrics = get(client, server, "/metrics");
      assertTrue(metrics.startsWith("200 # HELP "), metrics);
    }
  }

  private static String get(Client client, TestServer server, String path)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client
            .http()
            .send(
                HttpRequest.newBuilder(URI.create(server.url() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }
}
