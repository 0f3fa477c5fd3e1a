package ffmerge.result;

/**
 * What a command would cost.
 *
 * @param command the command that was not run
 * @param seconds of work
 * @param memoryBytes at the peak, native memory and heap together
 * @param diskBytes written
 * @param parametersBefore of the model; 0 where the command makes no model
 * @param parametersAfter of the model that would be made
 */
public record DryRun(
        String command,
        String model,
        double seconds,
        long memoryBytes,
        long diskBytes,
        long parametersBefore,
        long parametersAfter)
        implements Result {}
