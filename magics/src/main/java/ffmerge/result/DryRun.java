package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What a command would cost.
 *
 * @param command the command that was not run
 * @param seconds of work
 * @param memoryBytes at the peak, native memory and heap together
 * @param diskBytes written
 * @param parametersBefore of the model; 0 where the command makes no model
 * @param parametersAfter of the model that would be made
 * @param bytesBefore of native memory that the model takes; 0 where the command makes none
 * @param bytesAfter of the model that would be made
 */
public record DryRun(
        String command,
        String model,
        double seconds,
        long memoryBytes,
        long diskBytes,
        long parametersBefore,
        long parametersAfter,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long bytesBefore,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long bytesAfter)
        implements Result {
    /** Of a command that makes no model. */
    public DryRun(
            String command,
            String model,
            double seconds,
            long memoryBytes,
            long diskBytes,
            long parametersBefore,
            long parametersAfter) {
        this(command, model, seconds, memoryBytes, diskBytes, parametersBefore, parametersAfter, 0, 0);
    }
}
