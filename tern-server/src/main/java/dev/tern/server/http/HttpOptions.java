package dev.tern.server.http;

/// How connections are taken.
///
/// @param host the address to listen at
/// @param port from 1 to 65535, or 0 for any that is free
/// @param maxBodyBytes the most bytes of a request's body
/// @param maxJsonDepth the most objects and arrays inside each other
public record HttpOptions(String host, int port, int maxBodyBytes, int maxJsonDepth) {}
