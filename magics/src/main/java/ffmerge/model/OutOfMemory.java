package ffmerge.model;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What libtorch says when its memory, the machine's or a GPU's, isn't enough.
 *
 * @param asked bytes of the array that had no place
 * @param gpu whether a GPU's memory is meant
 */
public record OutOfMemory(long asked, boolean gpu) {
    /** c10's CPU allocator: "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes." */
    private static final Pattern CPU = Pattern.compile("allocate memory: you tried to allocate (\\d+) bytes");
    /** c10's CUDA allocator: "CUDA out of memory. Tried to allocate 20.00 MiB." */
    private static final Pattern CUDA =
            Pattern.compile("CUDA out of memory\\. Tried to allocate ([\\d.]+) (bytes|KiB|MiB|GiB)");

    private static final List<String> UNITS = List.of("bytes", "KiB", "MiB", "GiB");

    /** Whether that is what went wrong, anywhere among the causes. */
    public static Optional<OutOfMemory> of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            Matcher cpu = CPU.matcher(message);
            if (cpu.find()) {
                return Optional.of(new OutOfMemory(Long.parseLong(cpu.group(1)), false));
            }
            Matcher cuda = CUDA.matcher(message);
            if (cuda.find()) {
                long unit = 1L << (10 * UNITS.indexOf(cuda.group(2)));
                return Optional.of(new OutOfMemory((long) (Double.parseDouble(cuda.group(1)) * unit), true));
            }
        }
        return Optional.empty();
    }
}
