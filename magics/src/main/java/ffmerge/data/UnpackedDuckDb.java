package ffmerge.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * DuckDB's library: its driver unpacks 68 MB into the temporary folder, anew in each process, and deletes them when the
 * process ends by itself. A killed one would leave them.
 */
final class UnpackedDuckDb {
    private static final String NAMES = "libduckdb_java*.so";
    private static final String PREFIX = "libduckdb_java";
    private static final Path MAPPINGS = Path.of("/proc/self/maps");
    /** Unpacking takes a second. */
    private static final Duration UNPACKED = Duration.ofMinutes(10);

    private static boolean done;

    private UnpackedDuckDb() {}

    /**
     * To be called when the library is loaded. Linux keeps a file that is in use for as long as it is, without its name; so
     * the name goes now. Where that can't be known, and of what earlier processes left, it goes when it is old: whoever uses
     * it still keeps it likewise, or has it locked on Windows.
     */
    static synchronized void delete() {
        if (done) {
            return;
        }
        done = true;
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try {
            for (Path own : mapped()) {
                Files.deleteIfExists(own);
            }
            deleteOld(temporary);
        } catch (IOException | RuntimeException e) {
            // the driver deletes its own at the end; the rest is nobody's concern now
        }
    }

    private static List<Path> mapped() throws IOException {
        if (!Files.exists(MAPPINGS)) {
            return List.of();
        }
        try (Stream<String> lines = Files.lines(MAPPINGS)) {
            return lines.filter(line -> line.indexOf('/') >= 0)
                    .map(line -> Path.of(line.substring(line.indexOf('/'))))
                    .filter(file -> file.getFileName().toString().matches(PREFIX + "\\d*\\.so"))
                    .distinct()
                    .toList();
        }
    }

    private static void deleteOld(Path temporary) throws IOException {
        FileTime old = FileTime.from(Instant.now().minus(UNPACKED));
        try (var files = Files.newDirectoryStream(temporary, NAMES)) {
            for (Path file : files) {
                if (Files.isRegularFile(file)
                        && Files.getLastModifiedTime(file).compareTo(old) < 0
                        && Files.isWritable(file)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
