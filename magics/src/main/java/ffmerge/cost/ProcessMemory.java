package ffmerge.cost;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What this process holds, native memory and heap together. */
final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long KILOBYTE = 1024;

    private ProcessMemory() {}

    /** Bytes that are resident; empty where the system doesn't say, which Linux alone does. */
    static OptionalLong resident() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KILOBYTE)
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
