package ffmerge.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the processor can do with bfloat16. */
public final class Bfloat16 {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    private Bfloat16() {}

    /** Whether the processor multiplies it by instructions of its own, as far as the system says so: Linux does. */
    public static boolean isKnownToProcessor() {
        try {
            return !Files.exists(PROCESSORS) || hasInstructions(Files.readString(PROCESSORS));
        } catch (IOException e) {
            return true; // nobody is warned of what isn't known
        }
    }

    /** @param processors as Linux lists them: Intel's and AMD's names, and ARM's */
    static boolean hasInstructions(String processors) {
        return processors.contains("avx512_bf16") || processors.contains("amx_bf16") || processors.contains(" bf16");
    }
}
