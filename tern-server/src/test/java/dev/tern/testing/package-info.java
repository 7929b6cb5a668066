/// What tests share.
package dev.tern.testing;
