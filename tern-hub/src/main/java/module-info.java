/// Models by name: found, downloaded, kept.
module dev.tern.hub {
  requires java.net.http;
  requires tools.jackson.databind;
  requires static org.jspecify;

  exports dev.tern.hub;
}
