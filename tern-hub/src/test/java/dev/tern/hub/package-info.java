/// Pulls from a server on this machine that behaves like the hub, or as no hub should.
package dev.tern.hub;
