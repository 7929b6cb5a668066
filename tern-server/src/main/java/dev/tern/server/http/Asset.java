package dev.tern.server.http;

/// A file that is served as it is, to everybody.
///
/// @param path where it is found, from the root, for example `/page/app.css`
/// @param contentType its kind, for example `text/css; charset=utf-8`
/// @param content its bytes, which nobody changes
@SuppressWarnings("ArrayRecordComponent")
public record Asset(String path, String contentType, byte[] content) {}
