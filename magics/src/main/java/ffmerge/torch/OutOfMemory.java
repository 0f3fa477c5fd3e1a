package ffmerge.torch;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What libtorch says when its memory, the machine's or a GPU's, isn't enough.
 *
 * @param asked bytes of the array that had no place; 0 where that isn't said
 * @param gpu whether a GPU's memory is meant
 * @param total bytes of the GPU's memory; 0 where that isn't said
 */
public record OutOfMemory(long asked, boolean gpu, long total) {
    /** c10's CPU allocator: "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes." */
    private static final Pattern CPU = Pattern.compile("allocate memory: you tried to allocate (\\d+) bytes");
    /**
     * c10's CUDA allocator: "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.11 GiB of
     * which 11.00 MiB is free."
     */
    private static final Pattern CUDA =
            Pattern.compile("CUDA out of memory\\. Tried to allocate ([\\d.]+) (bytes|KiB|MiB|GiB)"
                    + "(?:.*?total capacity of ([\\d.]+) (bytes|KiB|MiB|GiB))?");
    /** Others that allocate: C++ itself, cuBLAS, cuDNN. */
    private static final Pattern OTHER = Pattern.compile(
            "std::bad_alloc|not enough memory|CUDA error: out of memory|(CUBLAS|CUDNN)_STATUS_ALLOC_FAILED");

    private static final List<String> UNITS = List.of("bytes", "KiB", "MiB", "GiB");

    /** Whether that is what went wrong, anywhere among the causes. */
    public static Optional<OutOfMemory> of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            Matcher cpu = CPU.matcher(message);
            if (cpu.find()) {
                return Optional.of(new OutOfMemory(Long.parseLong(cpu.group(1)), false, 0));
            }
            Matcher cuda = CUDA.matcher(message);
            if (cuda.find()) {
                long total = cuda.group(3) == null ? 0 : bytes(cuda.group(3), cuda.group(4));
                return Optional.of(new OutOfMemory(bytes(cuda.group(1), cuda.group(2)), true, total));
            }
            Matcher other = OTHER.matcher(message);
            if (other.find()) {
                return Optional.of(new OutOfMemory(0, other.group().startsWith("CU"), 0));
            }
        }
        return Optional.empty();
    }

    private static long bytes(String number, String unit) {
        return (long) (Double.parseDouble(number) * (1L << (10 * UNITS.indexOf(unit))));
    }

    /** {@code CPU} or {@code GPU} */
    public String device() {
        return gpu ? "GPU" : "CPU";
    }

    /** All bytes of memory that the device has, used or not; more than any has where that can't be told. */
    public long capacity() {
        if (gpu) {
            return total > 0 ? total : Long.MAX_VALUE;
        }
        return machine();
    }

    /** All bytes of memory that the machine has, or the container; more than any has where that can't be told. */
    public static long machine() {
        try {
            ObjectName system = new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME);
            return (Long) ManagementFactory.getPlatformMBeanServer().getAttribute(system, "TotalMemorySize");
        } catch (JMException e) {
            return Long.MAX_VALUE; // not every Java tells
        }
    }
}
