/// Chat templates written in Jinja.
module dev.tern.jinja {
  requires dev.tern.core;
  requires static org.jspecify;

  provides dev.tern.chat.JinjaRenderer with
      dev.tern.jinja.Jinja2Renderer;
}
