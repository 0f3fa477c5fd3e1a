package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;

/**
 * A model's size.
 *
 * @param parameters counted once a place
 * @param uniqueParameters held in memory, a tied one once
 * @param bytes of native memory; of a model that isn't loaded, what it would take
 * @param dtype in which its matrices are held and multiplied, or the form of weights, as {@code nf4}, in which linear maps
 *     are held
 * @param adapters null for a model without
 */
public record ModelInfo(
        String name,
        String architecture,
        long parameters,
        long uniqueParameters,
        long bytes,
        String device,
        String dtype,
        Map<String, StackInfo> stacks,
        @JsonInclude(JsonInclude.Include.NON_NULL) AdapterInfo adapters) {
    /** The device of a model of which only the config is known. */
    public static final String NOWHERE = "none";

    /** @param feedForwardWidth units of an FF sublayer */
    public record StackInfo(int layers, int feedForwardWidth) {}

    /**
     * Adapters that a model carries.
     *
     * @param sharing {@code shared} or {@code per-layer}
     * @param parameters that training changes
     */
    public record AdapterInfo(
            String sharing, int rank, double alpha, double dropout, List<String> targets, long parameters) {}

    /** The info of a model without adapters. */
    public ModelInfo(
            String name,
            String architecture,
            long parameters,
            long uniqueParameters,
            long bytes,
            String device,
            String dtype,
            Map<String, StackInfo> stacks) {
        this(name, architecture, parameters, uniqueParameters, bytes, device, dtype, stacks, null);
    }

    /** Whether it is in memory; else its bytes are what it would take. */
    @JsonIgnore
    public boolean isLoaded() {
        return !device.equals(NOWHERE);
    }
}
