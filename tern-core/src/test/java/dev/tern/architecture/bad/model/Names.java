package dev.tern.architecture.bad.model;

/// What the loader of the bad model depends on.
public record Names(String name) {}
