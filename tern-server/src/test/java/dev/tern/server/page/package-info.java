/// Tests of the page in a real browser.
package dev.tern.server.page;
