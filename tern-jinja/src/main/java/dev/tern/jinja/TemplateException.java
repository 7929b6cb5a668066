package dev.tern.jinja;

/// A template cannot be read or rendered.
final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  TemplateException(String reason) {
    super(reason);
    this.reason = reason;
  }

  /// For what Tern does not do although Jinja2 would.
  static TemplateException unsupported(String what) {
    return new TemplateException(what + " is not supported by Tern");
  }

  /// {@return why, for the author of the template}
  String reason() {
    return reason;
  }
}
