package ffmerge.hub;

import java.nio.file.Path;

/**
 * A model's files at one commit.
 *
 * @param unreached whether the hub could not be asked for a newer commit, so that the cache's was taken
 */
public record Snapshot(Path folder, String commit, boolean unreached) {}
