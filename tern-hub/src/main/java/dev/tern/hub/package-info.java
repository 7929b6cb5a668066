/// Models by name: finds them on Hugging Face, downloads them, and keeps them in the cache that
/// Hugging Face's own tools use.
///
/// The face is [dev.tern.hub.ModelHub]:
///
/// ```java
/// ModelHub hub = ModelHub.of(HubOptions.fromEnvironment());
/// Path model = hub.pull(hub.reference("bitnet-2b"), PullListener.SILENT);
/// ```
///
/// Knows files, names and checksums, not what is in a model; so it depends on no other module.
/// [dev.tern.hub.HubClient] alone speaks HTTP, [dev.tern.hub.RepositoryListing] alone reads JSON,
/// [dev.tern.hub.HubCache] alone knows the folders of the cache. Nothing takes its final name
/// before its checksum was found right.
@NullMarked
package dev.tern.hub;

import org.jspecify.annotations.NullMarked;
