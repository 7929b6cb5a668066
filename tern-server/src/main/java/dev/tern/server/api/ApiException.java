package dev.tern.server.api;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A call that is refused, in OpenAI's terms. Its message is for the caller: it names nothing of
/// the machine, as paths or classes.
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final Duration UNTIL_ANOTHER_SERVES = Duration.ofSeconds(5);

  private final int status;
  private final String type;
  private final @Nullable String parameter;
  private final @Nullable String code;
  private final @Nullable Duration retryAfter;

  private ApiException(
      int status,
      String type,
      String message,
      @Nullable String parameter,
      @Nullable String code,
      @Nullable Duration retryAfter) {
    super(message);
    this.status = status;
    this.type = type;
    this.parameter = parameter;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /// {@return a refusal of a field: 400, `invalid_request_error`}
  ///
  /// @param parameter the field, for example `messages[2].content`
  /// @param message what is wrong with it and what to do
  public static ApiException invalid(String parameter, String message) {
    return new ApiException(400, "invalid_request_error", message, parameter, null, null);
  }

  /// {@return a refusal of a field: 400, `invalid_request_error`}
  ///
  /// @param parameter the field, for example `messages`
  /// @param code for programs, for example `context_length_exceeded`
  /// @param message what is wrong with it and what to do
  public static ApiException invalid(String parameter, String code, String message) {
    return new ApiException(400, "invalid_request_error", message, parameter, code, null);
  }

  /// {@return a refusal of a call as a whole}
  ///
  /// @param status of HTTP, from 400 to 599
  /// @param type for example `authentication_error`
  /// @param code for programs, for example `invalid_api_key`
  /// @param message what is wrong and what to do
  public static ApiException of(int status, String type, String code, String message) {
    return new ApiException(status, type, message, null, code, null);
  }

  /// {@return a refusal because too much is being done already: 429}
  ///
  /// @param message what is full
  /// @param retryAfter when it is worth trying again, in whole seconds
  public static ApiException busy(String message, Duration retryAfter) {
    return new ApiException(
        429, "rate_limit_error", message, null, "rate_limit_exceeded", retryAfter);
  }

  /// {@return a refusal because the server is being stopped: 503, `shutting_down`}
  public static ApiException stopping() {
    return new ApiException(
        503,
        "server_error",
        "the server is stopping; try another, or this one when it runs again",
        null,
        "shutting_down",
        UNTIL_ANOTHER_SERVES);
  }

  /// {@return HTTP's number for it}
  public int status() {
    return status;
  }

  /// {@return when it is worth trying again}
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /// {@return `{"error": {"message", "type", "param", "code"}}`}
  public ObjectNode body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.putObject("error")
        .put("message", getMessage())
        .put("type", type)
        .put("param", parameter)
        .put("code", code);
    return body;
  }
}
